//! Calls of the program, with a key and indexes in a directory.

use crate::Outcome;
use crate::child::{self, Usage};
use leakdex::digest::Key;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A directory with data, a key and indexes.
pub struct Desk {
    pub dir: PathBuf,
}

impl Desk {
    /// A desk in a directory, with a key.
    pub fn new(dir: &Path) -> Outcome<Desk> {
        let desk = Desk { dir: dir.to_path_buf() };
        if !desk.path("key").exists() {
            leakdex::digest::create(&desk.path("key"), &[])?;
        }
        Ok(desk)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    pub fn key(&self) -> Outcome<Key> {
        Ok(Key::open(&self.path("key"))?)
    }

    /// Runs the program quietly; its arguments stand between blanks.
    pub fn leakdex(&self, arguments: &str) -> Outcome<Usage> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_leakdex"));
        command.arg("--quiet").args(arguments.split_whitespace()).current_dir(&self.dir);
        command.env("LEAKDEX_KEY_FILE", "key").stdout(Stdio::null());
        let usage = child::run(&mut command)?;
        if usage.code != 0 {
            return Err(format!("`leakdex {arguments}` ended with {}", usage.code).into());
        }
        Ok(usage)
    }

    /// Removes a file or a directory, if it is there.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.path(name);
        match path.metadata() {
            Ok(found) if found.is_dir() => fs::remove_dir_all(path),
            Ok(_) => fs::remove_file(path),
            Err(_) => Ok(()),
        }
    }

    /// The lines of a file.
    pub fn lines(&self, name: &str) -> io::Result<u64> {
        let mut reader = BufReader::with_capacity(1 << 20, fs::File::open(self.path(name))?);
        let mut lines = 0;
        loop {
            let bytes = reader.fill_buf()?;
            if bytes.is_empty() {
                return Ok(lines);
            }
            lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
            let length = bytes.len();
            reader.consume(length);
        }
    }

    /// Asks the kernel to forget the pages of the files of an index.
    pub fn forget(&self, index: &str) -> io::Result<()> {
        for entry in fs::read_dir(self.path(index))? {
            let file = fs::File::open(entry?.path())?;
            file.sync_all()?;
            rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
        }
        Ok(())
    }

    /// Reads all files of an index; says how many bytes they have.
    pub fn read_through(&self, index: &str) -> io::Result<u64> {
        let mut buffer = vec![0; 1 << 20];
        let mut sum = 0;
        for entry in fs::read_dir(self.path(index))? {
            let mut file = fs::File::open(entry?.path())?;
            loop {
                match file.read(&mut buffer)? {
                    0 => break,
                    bytes => sum += bytes as u64,
                }
            }
        }
        Ok(sum)
    }

    /// Bytes of all files of an index.
    pub fn index_bytes(&self, index: &str) -> io::Result<u64> {
        fs::read_dir(self.path(index))?.map(|entry| Ok(entry?.metadata()?.len())).sum()
    }
}
