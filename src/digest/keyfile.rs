//! Key files: the text of a key ([`super::keytext`]), readable by its owner alone.

use super::error::Error;
use super::key::Key;
use super::keytext::{is_too_long, key_text, parse, read_text};
use crate::disk;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use zeroize::Zeroizing;

/// Makes a new key and writes it to a file that must not exist: mode 0600 whatever the umask, synced with its directory,
/// and read back.
///
/// Input: `outside` are index directories; the file must not come to lie in one of them.
///
/// # Errors
/// If the file exists, would lie inside an index, or cannot be written or read back; nothing is left behind then.
pub fn create(path: &Path, outside: &[&Path]) -> Result<Key, Error> {
    let key = Key::random().map_err(creating(path))?;
    keep(&key, path, outside)?;
    Ok(key)
}

/// Writes a key, or a ring, to a new file, as [`create`] does.
///
/// # Errors
/// As [`create`].
pub fn keep(key: &Key, path: &Path, outside: &[&Path]) -> Result<(), Error> {
    outside.iter().try_for_each(|index| refuse_inside(path, index))?;
    let mut file = disk::create_private(path).map_err(creating(path))?;
    let written = write_key(&mut file, path, key).map_err(creating(path)).and_then(|()| read_back(path, key));
    if written.is_err() {
        // Best effort: the error that is reported is the one that stopped the writing.
        let _ = disk::remove(path);
    }
    written
}

/// Makes sure of a file that [`keep`] wrote in another process, which may have ended before the disk had it.
///
/// # Errors
/// If it lies inside an index, cannot be synced, or holds another key.
pub fn keep_again(key: &Key, path: &Path, outside: &[&Path]) -> Result<(), Error> {
    outside.iter().try_for_each(|index| refuse_inside(path, index))?;
    let sync = || {
        disk::sync_file(&File::open(path)?, path)?;
        disk::sync_dir(disk::directory_of(path))
    };
    sync().map_err(|cause| Error::Io { action: "syncing", path: path.to_path_buf(), cause })?;
    read_back(path, key)
}

fn creating(path: &Path) -> impl FnOnce(io::Error) -> Error {
    |cause| match cause.kind() {
        io::ErrorKind::AlreadyExists => Error::Exists(path.to_path_buf()),
        _ => Error::Io { action: "creating", path: path.to_path_buf(), cause },
    }
}

fn write_key(file: &mut File, path: &Path, key: &Key) -> io::Result<()> {
    disk::make_private(file)?;
    disk::write_all(file, key_text(key).as_bytes())?;
    disk::sync_file(file, path)?;
    disk::sync_dir(disk::directory_of(path))
}

/// An index made with a key that cannot be read again would be lost.
fn read_back(path: &Path, key: &Key) -> Result<(), Error> {
    let not_kept = |why| Err(Error::NotKept { path: path.to_path_buf(), why });
    match Key::open(path) {
        Ok(read) if read.id() == key.id() => Ok(()),
        Ok(_) | Err(Error::Damaged { .. }) => not_kept("reading it back gave another text than was written"),
        Err(Error::ReadableByOthers { .. } | Error::ForeignOwner(_)) => {
            not_kept("this file system does not keep it from other users")
        }
        Err(other) => Err(other),
    }
}

impl Key {
    /// Reads a key file that nobody else may read.
    ///
    /// # Errors
    /// If it is missing, not a regular file, open to others, somebody else's, or damaged.
    pub fn open(path: &Path) -> Result<Key, Error> {
        read_key(open_own_file(path)?, path, &format!("`{}`", path.display()))
    }

    /// Reads a key from an open file descriptor, whatever it is.
    ///
    /// # Errors
    /// If it is not open for reading, or what it gives is not a key.
    pub fn from_descriptor(descriptor: u32) -> Result<Key, Error> {
        let path = PathBuf::from(format!("/dev/fd/{descriptor}"));
        let opened = OpenOptions::new().read(true).custom_flags(libc::O_NOCTTY).open(&path);
        let file = opened.map_err(reading(&path))?;
        read_key(file, &path, &format!("file descriptor {descriptor}"))
    }
}

fn reading(path: &Path) -> impl Fn(io::Error) -> Error {
    |cause| Error::Io { action: "reading", path: path.to_path_buf(), cause }
}

/// Opens a file of ours. What is judged is the open file, and nothing that may have taken its name meanwhile; opening
/// never waits, not even for the writer of a FIFO.
fn open_own_file(path: &Path) -> Result<File, Error> {
    let name = fs::symlink_metadata(path).map_err(reading(path))?;
    if name.is_symlink() && !owned_by_us_or_root(&name) {
        return Err(Error::ForeignOwner(path.to_path_buf()));
    }
    // A name that was no link is not followed if it has become one.
    let follow = if name.is_symlink() { 0 } else { libc::O_NOFOLLOW };
    let opened =
        OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | follow).open(path).map_err(
            |cause| match cause.raw_os_error() {
                // A socket, or a device that is not there.
                Some(libc::ENXIO | libc::ENODEV) => Error::NotAFile(path.to_path_buf()),
                _ => reading(path)(cause),
            },
        );
    let file = opened?;
    refuse_unsafe(path, &file.metadata().map_err(reading(path))?)?;
    if name.is_symlink() && !is_unchanged(&name, &fs::symlink_metadata(path).map_err(reading(path))?) {
        return Err(reading(path)(io::Error::other("the link was replaced meanwhile")));
    }
    Ok(file)
}

/// Whether a link is the one that was judged: a link that was moved away and back has another time of change.
fn is_unchanged(before: &Metadata, after: &Metadata) -> bool {
    let state = |link: &Metadata| (link.dev(), link.ino(), link.ctime(), link.ctime_nsec());
    state(before) == state(after)
}

fn refuse_unsafe(path: &Path, metadata: &Metadata) -> Result<(), Error> {
    if !metadata.is_file() {
        return Err(Error::NotAFile(path.to_path_buf()));
    }
    if !owned_by_us_or_root(metadata) {
        return Err(Error::ForeignOwner(path.to_path_buf()));
    }
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Error::ReadableByOthers { path: path.to_path_buf(), mode });
    }
    Ok(())
}

fn owned_by_us_or_root(metadata: &Metadata) -> bool {
    metadata.uid() == 0 || metadata.uid() == rustix::process::geteuid().as_raw()
}

/// Refuses a key file inside an index directory: one that is there, one that is still to be made, and a link on either
/// side. Directories are compared by device and inode, so a second mount of the index is the index too.
///
/// # Errors
/// [`Error::InsideIndex`].
pub fn refuse_inside(path: &Path, index: &Path) -> Result<(), Error> {
    let identity = |metadata: Metadata| (metadata.dev(), metadata.ino());
    // What is not there holds nothing, and what cannot be looked at cannot be opened either.
    let Ok(index_identity) = fs::metadata(index).map(identity) else { return Ok(()) };
    let is_index = |dir: &Path| fs::metadata(dir).is_ok_and(|metadata| identity(metadata) == index_identity);
    // Where the name stands, and where the file stands if the name is a link.
    let places = [fs::canonicalize(disk::directory_of(path)), fs::canonicalize(path)];
    if places.iter().flatten().any(|place| place.ancestors().any(is_index)) {
        return Err(Error::InsideIndex { path: path.to_path_buf(), index: index.to_path_buf() });
    }
    Ok(())
}

/// Runs a command with `sh -c` and reads the key from what it prints: the way to a key management system.
///
/// # Errors
/// If it cannot be started, ends with an error, or prints something else.
pub fn run_command(command: &str) -> Result<Key, Error> {
    let io_error = |cause| Error::Io { action: "running", path: PathBuf::from("key command"), cause };
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(io_error)?;
    let text = child.stdout.take().map_or_else(|| Ok(Zeroizing::default()), read_text);
    if text.as_ref().is_ok_and(|text| !is_too_long(text)) {
        let status = child.wait().map_err(io_error)?;
        if !status.success() {
            return Err(Error::CommandFailed { code: status.code() });
        }
    } else {
        // It may print for ever; how it ends does not matter any more.
        let _ = child.kill().and_then(|()| child.wait());
    }
    parse(&text.map_err(io_error)?, "the key command")
}

fn read_key(from: impl Read, path: &Path, place: &str) -> Result<Key, Error> {
    parse(&read_text(from).map_err(reading(path))?, place)
}

#[cfg(test)]
mod tests {
    use super::super::test_data::{GOLDEN, GOLDEN_ID, golden_line, refused, ring};
    use super::*;
    use crate::disk::power::Disk;
    use crate::disk::steps::{self, Step};
    use std::collections::BTreeMap;
    use std::fs::Permissions;
    use std::io::Write;
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
    use tempfile::TempDir;

    fn place(name: &str) -> (TempDir, PathBuf) {
        let dir = TempDir::new().expect("a temporary directory");
        let path = dir.path().join(name);
        (dir, path)
    }

    /// A file with this text and mode.
    fn write(path: &Path, text: impl AsRef<[u8]>, mode: u32) {
        fs::write(path, text).expect("written");
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("a file").mode() & 0o777
    }

    #[test]
    fn a_key_that_is_kept_survives_a_power_cut() {
        let (dir, path) = place("ring");
        let key = Key::random().expect("random bytes");
        let is_kept = |files: &BTreeMap<String, Vec<u8>>| {
            files.len() == 1 && files.get("ring").is_some_and(|bytes| *bytes == key_text(&key).as_bytes())
        };
        let made = steps::of(|| keep(&key, &path, &[]).expect("room"));
        assert!(Disk::default().after(&made).iter().all(is_kept), "{made:?}");
        // A process that ended before the disk had anything of it.
        let left = Disk::of(dir.path()).unsynced();
        assert!(!left.clone().after(&[]).iter().any(is_kept));
        let again = steps::of(|| keep_again(&key, &path, &[]).expect("the same key"));
        assert!(left.clone().after(&again).iter().all(is_kept), "{again:?}");
        for step in 0..again.len() {
            let others: Vec<Step> =
                again.iter().enumerate().filter(|(at, _)| *at != step).map(|(_, one)| one.clone()).collect();
            assert!(!left.clone().after(&others).iter().all(is_kept), "without {:?}", again[step]);
        }
    }

    #[test]
    fn a_new_key_is_read_again_and_has_the_mode_0600() {
        let (_dir, path) = place("key");
        let key = create(&path, &[]).expect("a new key");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(Key::open(&path).expect("the same key").id(), key.id());
        let text = fs::read_to_string(&path).expect("text");
        assert!(text.contains(&format!("# key id: {}\n", key.id())), "the name for people");
        assert_eq!(text, *key_text(&key));
    }

    /// The umask belongs to the whole process: the test runs itself again, below a shell that sets it.
    #[test]
    fn the_mode_is_0600_whatever_the_umask() {
        const VARIABLE: &str = "LEAKDEX_TEST_KEY";
        if let Some(path) = std::env::var_os(VARIABLE) {
            create(Path::new(&path), &[]).expect("a new key");
            return;
        }
        for umask in ["000", "077", "777"] {
            let (_dir, path) = place("key");
            let status = Command::new("sh")
                .args(["-c", "umask \"$0\" && exec \"$@\"", umask])
                .arg(std::env::current_exe().expect("this test"))
                .args(["--exact", "digest::keyfile::tests::the_mode_is_0600_whatever_the_umask"])
                .env(VARIABLE, &path)
                .stdout(Stdio::null())
                .status()
                .expect("a shell");
            assert!(status.success(), "umask {umask}");
            assert_eq!(mode(&path), 0o600, "umask {umask}");
            Key::open(&path).expect("a key");
        }
    }

    #[test]
    fn nothing_is_overwritten_not_even_through_a_link() {
        let (dir, path) = place("key");
        write(&path, "mine", 0o600);
        let link = dir.path().join("link");
        symlink(dir.path().join("nothing"), &link).expect("a link");
        for taken in [&path, &link] {
            let error = refused(create(taken, &[]), GOLDEN);
            assert!(matches!(error, Error::Exists(_)), "{error:?}");
        }
        assert_eq!(fs::read_to_string(&path).expect("text"), "mine");
        assert!(!dir.path().join("nothing").exists());
        let error = refused(create(&dir.path().join("missing/key"), &[]), GOLDEN);
        assert!(matches!(error, Error::Io { action: "creating", .. }), "{error:?}");
    }

    #[test]
    fn a_key_open_to_others_is_refused() {
        let (_dir, path) = place("key");
        for bit in [0o040, 0o020, 0o010, 0o004, 0o002, 0o001] {
            write(&path, GOLDEN, 0o600 | bit);
            let error = refused(Key::open(&path), GOLDEN);
            assert!(matches!(error, Error::ReadableByOthers { mode, .. } if mode == 0o600 | bit), "{error:?}");
        }
        write(&path, GOLDEN, 0o400);
        Key::open(&path).expect("the owner alone may read it");
    }

    #[test]
    fn what_is_no_file_is_refused_without_waiting() {
        let (dir, path) = place("fifo");
        assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo").success());
        let links = [dir.path().join("to-fifo"), dir.path().join("to-device")];
        symlink(&path, &links[0]).expect("a link");
        symlink("/dev/zero", &links[1]).expect("a link");
        let socket = dir.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
        for path in [&path, &links[0], &links[1], &socket, Path::new("/dev/zero"), dir.path()] {
            let error = refused(Key::open(path), GOLDEN);
            assert!(matches!(error, Error::NotAFile(_)), "{}: {error:?}", path.display());
        }
        let error = refused(Key::open(&dir.path().join("nothing")), GOLDEN);
        assert!(error.hint().is_some_and(|hint| hint.contains("key new")), "{error:?}");
    }

    #[test]
    fn a_link_of_ours_is_followed_and_files_and_links_of_others_are_not() {
        let (dir, path) = place("key");
        let link = dir.path().join("link");
        write(&path, GOLDEN, 0o600);
        symlink(&path, &link).expect("a link");
        assert_eq!(Key::open(&link).expect("a key").id().to_string(), GOLDEN_ID);
        // Only root can give files away; without it the rest cannot be tried.
        if lchown(&link, Some(1), None).is_err() {
            return;
        }
        let error = refused(Key::open(&link), GOLDEN);
        assert!(matches!(error, Error::ForeignOwner(_)), "{error:?}");
        chown(&path, Some(1), None).expect("given away");
        let error = refused(Key::open(&path), GOLDEN);
        assert!(matches!(error, Error::ForeignOwner(_)), "{error:?}");
    }

    #[test]
    fn a_key_inside_the_index_is_refused_before_and_after_it_is_made() {
        let (dir, index) = place("index");
        fs::create_dir_all(index.join("below")).expect("made");
        let (outside, other_name) = (dir.path().join("key"), dir.path().join("other-name"));
        symlink(&index, &other_name).expect("a link");
        symlink(&outside, index.join("link")).expect("a link");
        let inside = [
            index.join("key"),
            index.join("below/key"),
            index.join("below/../key"),
            other_name.join("key"),
            index.join("link"),
        ];
        for path in &inside {
            for index in [&index, &other_name, &index.join("below/..")] {
                let error = refused(create(path, &[dir.path().join("no-index").as_path(), index]), GOLDEN);
                assert!(matches!(error, Error::InsideIndex { .. }), "{}: {error:?}", path.display());
            }
            assert!(!path.exists() && !outside.exists(), "{}", path.display());
        }
        create(&outside, &[&index]).expect("beside it");
        let into_index = dir.path().join("into-index");
        fs::copy(&outside, index.join("key")).expect("copied");
        symlink(index.join("key"), &into_index).expect("a link");
        for path in [&index.join("key"), &into_index, &index.join("link")] {
            let result = refuse_inside(path, &index);
            assert!(matches!(result, Err(Error::InsideIndex { .. })), "{}: {result:?}", path.display());
        }
        refuse_inside(&outside, &index).expect("beside it");
        refuse_inside(&index.join("key"), &dir.path().join("no-index")).expect("nothing is there");
    }

    #[test]
    fn a_ring_is_kept_like_a_key() {
        let (ring, lines) = ring();
        let (_dir, path) = place("ring");
        keep(&ring, &path, &[]).expect("a new file");
        assert_eq!((mode(&path), Key::open(&path).expect("a ring").id()), (0o600, ring.id()));
        assert_eq!(lines.len(), 3);
        keep_again(&ring, &path, &[]).expect("the same ring");
        let error = keep_again(&Key::random().expect("a key"), &path, &[]).expect_err("another key");
        assert!(matches!(error, Error::NotKept { .. }), "{error:?}");
    }

    #[test]
    fn a_text_of_4096_bytes_is_read_and_a_longer_one_is_not() {
        let (_dir, path) = place("key");
        let fill = |length: usize| format!("#{}\n{GOLDEN}", " ".repeat(length - GOLDEN.len() - 2));
        write(&path, fill(4096), 0o600);
        Key::open(&path).expect("a key");
        // A second key line behind the limit must not go unseen.
        for text in [fill(4097), format!("{}{}", fill(4096), golden_line())] {
            write(&path, &text, 0o600);
            let error = refused(Key::open(&path), &text);
            assert!(matches!(error, Error::Damaged { why, .. } if why.contains("too long")), "{error:?}");
        }
    }

    #[test]
    fn descriptors_are_read_whatever_they_are() {
        let (_dir, path) = place("key");
        write(&path, GOLDEN, 0o644);
        let file = File::open(&path).expect("open");
        let number = |file: &dyn AsRawFd| file.as_raw_fd() as u32;
        assert_eq!(Key::from_descriptor(number(&file)).expect("a key").id().to_string(), GOLDEN_ID);
        let (reader, mut writer) = io::pipe().expect("a pipe");
        writer.write_all(GOLDEN.as_bytes()).expect("a short text fits");
        drop(writer);
        assert_eq!(Key::from_descriptor(number(&reader)).expect("a key").id().to_string(), GOLDEN_ID);
        let error = refused(Key::from_descriptor(number(&reader)), GOLDEN);
        assert!(error.to_string().contains("file descriptor"), "{error}");
        let error = refused(Key::from_descriptor(u32::MAX), GOLDEN);
        assert!(matches!(error, Error::Io { action: "reading", .. }), "{error:?}");
    }

    #[test]
    fn a_command_prints_a_key_or_fails() {
        let (_dir, path) = place("key");
        write(&path, GOLDEN, 0o600);
        let cat = format!("cat '{}'", path.display());
        assert_eq!(run_command(&cat).expect("a key").id().to_string(), GOLDEN_ID);
        let check = |command: &str, want: &str| {
            let shown = refused(run_command(command), GOLDEN).to_string();
            assert!(shown.contains(want), "{shown}");
        };
        check(&format!("{cat}; exit 7"), "ended with code 7");
        check("kill -9 $$", "was killed");
        check("true", "no key line");
        check("yes leakdex-key-1", "too long");
        check(&format!("{cat} {0}", path.display()), "more than one");
    }

    #[test]
    fn the_golden_key_opens_for_ever() {
        let (_dir, path) = place("key");
        write(&path, GOLDEN, 0o600);
        let key = Key::open(&path).expect("a key");
        assert_eq!(key.id().to_string(), GOLDEN_ID);
        assert_eq!(*key_text(&key), GOLDEN, "and is written as it was");
    }
}
