//! Key files: one line of checksummed text, readable by its owner alone.
//!
//! ```text
//! # leakdex key: whoever holds this file and the index can recover identifiers; keep them apart, and keep a copy.
//! # key id: 0123456789abcdef
//! leakdex-key-1....
//! ```
//!
//! The key line is Bech32m (BIP-350) of the 32 secret bytes with the prefix `leakdex-key-`, in lower case: any four
//! mistyped characters are found. Comments and empty lines are free; the key id in the comment is for people and is not
//! read.
//!
//! The file of a key that was rotated, a ring, has a line more for each rotation, in their order: `leakdex-link-1...`, Bech32m of
//! the 32 bytes of the next secret and the first 4 bytes of the id that the key has since then. So a ring with a line that is
//! missing in the middle, or stands in another place, is no ring. One without its last line is the key as it was before.
//!
//! Texts that hold a key lie in buffers that never grow, so that no copy stays behind, and are wiped.

use super::key::{Key, SECRET_BYTES, SecretError};
use bech32::primitives::decode::CheckedHrpstring;
use bech32::primitives::iter::{ByteIterExt, Fe32IterExt};
use bech32::{Bech32m, Hrp};
use std::fmt::{self, Write as _};
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use zeroize::Zeroizing;

/// The human-readable part of a key line.
const PREFIX: Hrp = Hrp::parse_unchecked("leakdex-key-");
/// That of the lines behind it.
const LINK_PREFIX: Hrp = Hrp::parse_unchecked("leakdex-link-");
/// Bytes of a key id that stand behind the secret of a link.
const LINK_ID_BYTES: usize = 4;

/// A key file has three lines and 210 bytes, a full ring 2,700 bytes, and people may add comments; whatever is longer than
/// this is none.
const KEY_TEXT_BYTES_MAX: usize = 4096;

/// Why a key cannot be created or used. Never holds a byte of a key.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    Io {
        /// What was tried: `creating`, `reading`, `running`.
        action: &'static str,
        /// The key file, or the word `key command`.
        path: PathBuf,
        /// Its answer.
        cause: io::Error,
    },
    /// The file to create is there already.
    Exists(PathBuf),
    /// The file system did not keep the new file as it was written.
    NotKept {
        /// The key file, which is removed again.
        path: PathBuf,
        /// What was lost.
        why: &'static str,
    },
    /// Not a regular file.
    NotAFile(PathBuf),
    /// Others than the owner may read or write it.
    ReadableByOthers {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It belongs to somebody else.
    ForeignOwner(PathBuf),
    /// It lies inside the index directory.
    InsideIndex {
        /// The key file.
        path: PathBuf,
        /// The index directory.
        index: PathBuf,
    },
    /// The text is not a key.
    Damaged {
        /// Where the text came from.
        place: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The key command ended with an error.
    CommandFailed {
        /// Its exit code, if it had one.
        code: Option<i32>,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Exists(_) => Some("a key is never overwritten; give another name".into()),
            Error::NotKept { .. } => Some("nothing was left behind; make the key on another file system".into()),
            Error::NotAFile(_) => {
                Some("give a file made with `leakdex key new FILE`; an open pipe is given with `--key-fd`".into())
            }
            Error::ReadableByOthers { path, .. } => {
                Some(format!("if nobody else has read it: `chmod 600 {}`; otherwise make a new key", path.display()))
            }
            Error::ForeignOwner(_) => Some("copy it to a file of your own with mode 0600".into()),
            Error::InsideIndex { .. } => {
                Some("key and index together are as good as the plaintext; keep the key somewhere else".into())
            }
            Error::Damaged { .. } => Some("restore the key file from your copy; a key cannot be repaired".into()),
            Error::CommandFailed { .. } => {
                Some("the command has to print the contents of a key file and end with 0".into())
            }
            Error::Io { action: "creating", cause, .. } if cause.kind() == io::ErrorKind::NotFound => {
                Some("make the directory first, or give another name".into())
            }
            Error::Io { cause, .. } if cause.kind() == io::ErrorKind::NotFound => {
                Some("make a key with `leakdex key new FILE`".into())
            }
            Error::Io { .. } => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io { action, path, cause } => write!(f, "{action} the key `{}`: {cause}", path.display()),
            Error::Exists(path) => write!(f, "creating the key `{}`: the file exists", path.display()),
            Error::NotKept { path, why } => write!(f, "creating the key `{}`: {why}", path.display()),
            Error::NotAFile(path) => write!(f, "reading the key `{}`: not a regular file", path.display()),
            Error::ReadableByOthers { path, mode } => {
                write!(f, "reading the key `{}`: others may read or write it (mode {mode:04o})", path.display())
            }
            Error::ForeignOwner(path) => {
                write!(f, "reading the key `{}`: it belongs to another user", path.display())
            }
            Error::InsideIndex { path, index } => {
                write!(f, "the key `{}` lies inside the index `{}`", path.display(), index.display())
            }
            Error::Damaged { place, why } => write!(f, "reading the key from {place}: {why}"),
            Error::CommandFailed { code: Some(code) } => write!(f, "the key command ended with code {code}"),
            Error::CommandFailed { code: None } => write!(f, "the key command was killed"),
        }
    }
}

impl std::error::Error for Error {}

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
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW)
        .open(path)
        .map_err(creating(path))?;
    let written = write_key(&mut file, path, key).map_err(creating(path)).and_then(|()| read_back(path, key));
    if written.is_err() {
        // Best effort: the error that is reported is the one that stopped the writing.
        let _ = fs::remove_file(path);
    }
    written
}

fn creating(path: &Path) -> impl FnOnce(io::Error) -> Error {
    |cause| match cause.kind() {
        io::ErrorKind::AlreadyExists => Error::Exists(path.to_path_buf()),
        _ => Error::Io { action: "creating", path: path.to_path_buf(), cause },
    }
}

fn write_key(file: &mut File, path: &Path, key: &Key) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(key_text(key).as_bytes())?;
    file.sync_all()?;
    File::open(parent(path))?.sync_all()
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

/// The directory in which a name stands.
fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn key_text(key: &Key) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(KEY_TEXT_BYTES_MAX));
    let what = if key.links() == 0 { "key" } else { "key ring" };
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "# leakdex {what}: whoever holds this file and the index can recover identifiers; keep them apart, and keep a copy."
    );
    let _ = writeln!(text, "# key id: {}", key.id());
    for (secret, count) in key.secrets().chunks(SECRET_BYTES).zip(1..) {
        let bytes = secret.iter().copied();
        match count {
            1 => text.extend(bytes.bytes_to_fes().with_checksum::<Bech32m>(&PREFIX).chars()),
            _ => {
                let bytes = bytes.chain(key.id_of(count).0.into_iter().take(LINK_ID_BYTES));
                text.extend(bytes.bytes_to_fes().with_checksum::<Bech32m>(&LINK_PREFIX).chars());
            }
        }
        text.push('\n');
    }
    text
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
    let places = [fs::canonicalize(parent(path)), fs::canonicalize(path)];
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

/// Reads a key text; of one that is too long, one byte more than is allowed.
fn read_text(mut from: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(vec![0; KEY_TEXT_BYTES_MAX + 1]);
    let mut length = 0;
    while length < text.len() {
        match from.read(&mut text[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    text.truncate(length);
    Ok(text)
}

fn is_too_long(text: &[u8]) -> bool {
    text.len() > KEY_TEXT_BYTES_MAX
}

fn parse(text: &[u8], place: &str) -> Result<Key, Error> {
    let damaged = |why| Error::Damaged { place: place.into(), why };
    if is_too_long(text) {
        return Err(damaged("it is too long to be a key file"));
    }
    let text = std::str::from_utf8(text).map_err(|_| damaged("it is not text"))?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = lines.next().ok_or_else(|| damaged("it holds no key line"))?;
    let weak = |error| match error {
        SecretError::NotRandom => damaged("the key is not random (all zero, or a repeated pattern)"),
        SecretError::TooMany => damaged("it has more links than a ring can have"),
        SecretError::Memory(cause) => reading(Path::new(place.trim_matches('`')))(cause),
    };
    let secret: Zeroizing<[u8; SECRET_BYTES]> = decode_line(line, &PREFIX).map_err(damaged)?;
    let mut key = Key::from_secret(&secret).map_err(weak)?;
    for line in lines {
        if line.starts_with(PREFIX.as_str()) {
            return Err(damaged("it holds more than one key line"));
        }
        let link: Zeroizing<[u8; SECRET_BYTES + LINK_ID_BYTES]> = decode_line(line, &LINK_PREFIX).map_err(damaged)?;
        let Some((secret, id)) = link.split_first_chunk::<SECRET_BYTES>() else { break };
        key = key.with_secret(secret).map_err(weak)?;
        if key.id().0[..LINK_ID_BYTES] != *id {
            return Err(damaged("a link of the ring is missing, or stands in another place"));
        }
    }
    Ok(key)
}

/// The bytes of a key line, or what is wrong with it.
fn decode_line<const N: usize>(line: &str, prefix: &Hrp) -> Result<Zeroizing<[u8; N]>, &'static str> {
    const OTHER_PREFIX: &str = "a key line does not begin with `leakdex-key-1`, or one behind it with `leakdex-link-1`";
    if !line.starts_with(prefix.as_str()) {
        return Err(OTHER_PREFIX);
    }
    let decoded =
        CheckedHrpstring::new::<Bech32m>(line).map_err(|_| "the checksum fails: a character is wrong or missing")?;
    // Exactly: the comparison of the library takes capitals for equal, and the prefix ends at the last `1`.
    if decoded.hrp().as_bytes() != prefix.as_bytes() {
        return Err(OTHER_PREFIX);
    }
    let mut secret = Zeroizing::new([0; N]);
    let mut bytes = decoded.byte_iter();
    let copied = secret.iter_mut().zip(&mut bytes).map(|(place, byte)| *place = byte).count();
    if copied < N || bytes.next().is_some() || decoded.validate_segwit_padding().is_err() {
        return Err(if N == SECRET_BYTES { "it has not 32 bytes" } else { "a link has not 36 bytes" });
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::{chown, lchown, symlink};
    use tempfile::TempDir;

    /// A key whose file lies in `testdata`: it protects nothing.
    const GOLDEN: &str = include_str!("../../testdata/golden.key");
    const GOLDEN_ID: &str = "03960854fdabac09";

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

    fn golden_line() -> &'static str {
        GOLDEN.lines().last().expect("a key line")
    }

    /// A key line of any bytes.
    fn line_of(bytes: &[u8]) -> String {
        bech32::encode::<Bech32m>(PREFIX, bytes).expect("short")
    }

    /// An error that shows nothing of a key text: no eight characters of it behind the prefix.
    fn refused(result: Result<Key, Error>, text: &str) -> Error {
        let error = result.map(|_| ()).expect_err("refused");
        let shown = format!("{error} {error:?} {:?}", error.hint());
        let key_lines = text.lines().filter(|line| !line.starts_with('#'));
        for line in key_lines.filter_map(|line| line.get(PREFIX.len() + 1..)) {
            let mut windows = line.as_bytes().windows(8);
            assert!(windows.all(|part| !shown.contains(&*String::from_utf8_lossy(part))), "a key is shown");
        }
        error
    }

    fn check_damaged(text: &str, want: &str) {
        let error = refused(parse(text.as_bytes(), "a test"), text);
        assert!(matches!(error, Error::Damaged { why, .. } if why.contains(want)), "{error:?}");
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
    fn every_changed_character_is_found() {
        let line = golden_line();
        let others = (0..=127u8).map(char::from).chain(['é', 'е', '\u{2028}']);
        for (other, at) in others.flat_map(|other| (0..line.len()).map(move |at| (other, at))) {
            if line[at..].starts_with(other) {
                continue;
            }
            let changed = format!("{}{other}{}", &line[..at], &line[at + 1..]);
            let result = parse(changed.as_bytes(), "a test");
            let error = refused(result, &changed);
            assert!(matches!(error, Error::Damaged { .. }), "{other:?} at {at}: {error:?}");
        }
        check_damaged(&line.to_uppercase(), "does not begin");
        check_damaged(&format!("Leakdex{}", &line[7..]), "does not begin");
    }

    #[test]
    fn every_truncation_is_found() {
        for length in 0..GOLDEN.len() - 1 {
            let error = refused(parse(&GOLDEN.as_bytes()[..length], "a test"), GOLDEN);
            assert!(matches!(error, Error::Damaged { .. }), "{length} bytes: {error:?}");
        }
        parse(GOLDEN.trim_end().as_bytes(), "a test").expect("the last line feed is not needed");
        parse(GOLDEN.replace('\n', "\r\n \n").as_bytes(), "a test").expect("blanks and empty lines are free");
    }

    #[test]
    fn other_texts_are_no_key() {
        let secret: [u8; 32] = std::array::from_fn(|i| i as u8);
        check_damaged("", "no key line");
        check_damaged("# only a comment\n", "no key line");
        check_damaged(&format!("{GOLDEN}{}\n", golden_line()), "more than one");
        check_damaged(&format!("{GOLDEN}{}\n", line_of(&secret)), "more than one");
        check_damaged(&line_of(&[0; 32]), "not random");
        check_damaged(&line_of(&[0x5a; 32]), "not random");
        check_damaged(&line_of(&secret[..31]), "not 32 bytes");
        check_damaged(&line_of(&[secret, secret].concat()[..33]), "not 32 bytes");
        check_damaged(&line_of(&[]), "not 32 bytes");
        check_damaged(&bech32::encode::<bech32::Bech32>(PREFIX, &secret).expect("short"), "checksum");
        for other in ["leakdex-key-1x", "leakdex-key-1", "leakdex-key-2", "leakdex-ring-", "age-secret-key-"] {
            let line = bech32::encode::<Bech32m>(Hrp::parse(other).expect("a prefix"), &secret).expect("short");
            check_damaged(&line, "does not begin");
        }
        // 32 bytes end in the middle of the last letter; its other bits have one form only.
        let mut letters: Vec<_> = secret.into_iter().bytes_to_fes().collect();
        let last = letters.pop().map_or(0, bech32::Fe32::to_u8);
        letters.push(bech32::Fe32::try_from(last | 1).expect("five bits"));
        let padded: String = letters.into_iter().with_checksum::<Bech32m>(&PREFIX).chars().collect();
        check_damaged(&padded, "not 32 bytes");
        let error = refused(parse(b"\xff\xfe", "a test"), "");
        assert!(matches!(error, Error::Damaged { why: "it is not text", .. }), "{error:?}");
    }

    /// A ring of three secrets, and the lines of its file.
    fn ring() -> (Key, Vec<String>) {
        let secret = |number: usize| std::array::from_fn(|i| (32 * number + i) as u8);
        let key = Key::from_secret(&secret(0)).expect("a key");
        let ring = (1..3).fold(key, |key, number| key.with_secret(&secret(number)).expect("a link"));
        let lines = key_text(&ring).lines().filter(|line| !line.starts_with('#')).map(String::from).collect();
        (ring, lines)
    }

    #[test]
    fn a_ring_is_read_as_it_was_written() {
        let (ring, lines) = ring();
        let (_dir, path) = place("ring");
        keep(&ring, &path, &[]).expect("a new file");
        assert_eq!((mode(&path), Key::open(&path).expect("a ring").id()), (0o600, ring.id()));
        assert_eq!(lines.len(), 3);
        for count in 1..=3 {
            let text = lines[..count].join("\n");
            let read = parse(text.as_bytes(), "a test").expect("the ring as it was");
            assert_eq!((read.links(), read.id()), (count - 1, ring.id_of(count)));
        }
        let full = (3..32).fold(ring, |key, _| key.rotated().expect("random bytes"));
        let text = key_text(&full);
        assert_eq!(parse(text.as_bytes(), "a test").expect("a full ring").id(), full.id());
        assert!(text.len() < KEY_TEXT_BYTES_MAX * 3 / 4, "comments have room too: {}", text.len());
    }

    #[test]
    fn a_ring_that_is_not_whole_or_not_in_order_is_none() {
        let (_, lines) = ring();
        let of = |places: &[usize]| places.iter().map(|place| format!("{}\n", lines[*place])).collect::<String>();
        check_damaged(&of(&[0, 2]), "missing");
        check_damaged(&of(&[0, 2, 1]), "missing");
        check_damaged(&of(&[0, 1, 1]), "missing");
        check_damaged(&of(&[1, 2]), "does not begin");
        check_damaged(&of(&[0, 1, 0]), "more than one");
        check_damaged(&format!("{}{}", of(&[0]), lines[1].replace("link", "lnk")), "does not begin");
        // The link of one ring behind the key of another.
        check_damaged(&format!("{GOLDEN}{}", lines[1]), "missing");
        for (at, byte) in lines[1].bytes().enumerate() {
            let other = if byte == b'q' { 'p' } else { 'q' };
            let changed = format!("{}{}{other}{}", of(&[0]), &lines[1][..at], &lines[1][at + 1..]);
            let error = refused(parse(changed.as_bytes(), "a test"), &changed);
            assert!(matches!(error, Error::Damaged { .. }), "at {at}: {error:?}");
        }
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
