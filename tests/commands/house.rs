//! A data directory, the program, and a server that is ended with the test.

use crate::browser::Browser;
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

pub const URL: &str = "http://localhost:8080";
/// The user and group nobody of Debian.
pub const NOBODY: u32 = 65534;
/// How long a process may take to say or end something; generous, as tests share the machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder that goes with the test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("torhaus-commands-{}-{number}", std::process::id()));
        let _left_over = fs::remove_dir_all(&path);
        fs::create_dir(&path).unwrap();
        Self(path)
    }
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_over = fs::remove_dir_all(&self.0);
    }
}

/// The program, with nothing in its environment that a test did not put there.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_torhaus"));
    command.env_remove("TORHAUS_DATA_DIR").env_remove("TORHAUS_LOG").env_remove("TORHAUS_LOG_FORMAT");
    command.env("RUST_BACKTRACE", "0").stdin(Stdio::null());
    command
}

/// What a command said and how it ended.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let said = Self {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        assert!(!said.err.contains("panicked"), "{}", said.err);
        said
    }
    /// It went well.
    #[track_caller]
    pub fn fine(self) -> Self {
        assert_eq!(self.code, 0, "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }
    /// It was refused with this code, and standard error has all these words: the value and the remedy.
    #[track_caller]
    pub fn refused(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.out, self.err);
        for word in words {
            assert!(self.err.contains(word), "{word:?} is missing in: {}", self.err);
        }
        self
    }
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why}: {}", self.out))
    }
}

pub fn torhaus(arguments: &[&str]) -> Said {
    Said::of(program().args(arguments).output().unwrap())
}

/// A production data directory; its server listens on whichever port is free.
pub struct House {
    pub folder: Folder,
    pub dir: PathBuf,
}

impl House {
    pub fn new() -> Self {
        Self::with(&["--public-url", URL])
    }

    pub fn with(arguments: &[&str]) -> Self {
        let folder = Folder::new();
        let dir = folder.join("data");
        let place = dir.to_str().unwrap();
        let usual = ["setup", "--listen", "127.0.0.1:0", "--data-dir", place];
        torhaus(&[&usual, arguments].concat()).fine();
        Self { folder, dir }
    }

    pub fn place(&self) -> &str {
        self.dir.to_str().unwrap()
    }
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Runs a command on this house.
    pub fn run(&self, arguments: &[&str]) -> Said {
        Said::of(self.command(arguments).output().unwrap())
    }

    /// Every command takes the directory from the environment as well.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.env("TORHAUS_DATA_DIR", &self.dir).args(arguments);
        command
    }

    /// Adds a service with these flags beside name and address.
    #[track_caller]
    pub fn add(&self, flags: &[&str]) -> Value {
        let usual = ["service", "add", "--json", "--name", "Bibliothek", "--redirect-uri", CALLBACK];
        self.run(&[&usual, flags].concat()).fine().json()
    }

    pub fn serve(&self) -> Server {
        Server::start(self.command(&["serve"]))
    }

    /// A row of the database, changed behind the program's back.
    pub fn tamper(&self, sql: &str) {
        let connection = rusqlite::Connection::open(self.file("torhaus.db")).unwrap();
        connection.busy_timeout(Duration::from_secs(5)).unwrap();
        connection.execute_batch(sql).unwrap();
    }
    pub fn number(&self, sql: &str) -> i64 {
        let connection = rusqlite::Connection::open(self.file("torhaus.db")).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Gives everything to another user. `false`: that needs root, and the test is skipped.
    pub fn give_to_nobody(&self) -> bool {
        let chown = |path: &Path| std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY));
        for file in fs::read_dir(&self.dir).unwrap() {
            if chown(&file.unwrap().path()).is_err() {
                println!("skipped: this needs root");
                return false;
            }
        }
        chown(&self.dir).unwrap();
        true
    }

    /// The same command as the user nobody, who may reach the program nowhere but in a folder of ours.
    pub fn run_as_nobody(&self, arguments: &[&str]) -> Said {
        let copy = self.folder.join("torhaus");
        if !copy.exists() {
            fs::copy(env!("CARGO_BIN_EXE_torhaus"), &copy).unwrap();
        }
        let mut command = Command::new(copy);
        command.uid(NOBODY).gid(NOBODY).env_clear().env("TORHAUS_DATA_DIR", &self.dir);
        command.current_dir("/").args(arguments).stdin(Stdio::null());
        loop {
            match command.output() {
                // A process that another test started in between holds our copy open until it is itself.
                Err(why) if why.kind() == std::io::ErrorKind::ExecutableFileBusy => pause(20),
                output => return Said::of(output.unwrap()),
            }
        }
    }
}

pub const CALLBACK: &str = "https://bibliothek.example/callback";

const NOWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);

/// A running server.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    pub fn start(mut command: Command) -> Self {
        let mut server =
            Self { child: spawn(command.stdout(Stdio::null()).stderr(Stdio::piped())), address: NOWHERE };
        let lines = lines(server.child.stderr.take().unwrap());
        let mut said = Vec::new();
        while let Ok(line) = lines.recv_timeout(PATIENCE) {
            if let Some((_, address)) = line.split_once(" and listens on ") {
                server.address = address.parse().unwrap();
                return server;
            }
            said.push(line);
        }
        panic!("the server did not start: {said:#?}");
    }

    pub fn browser(&self) -> Browser {
        Browser::new(self.address)
    }
    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }
    /// Its exit code, once it has ended.
    pub fn ended(&mut self) -> i32 {
        ended(&mut self.child)
    }
    /// Ends it as systemd does.
    pub fn stop(mut self) {
        self.signal("TERM");
        assert_eq!(self.ended(), 0);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

pub fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().unwrap();
    assert!(sent.success());
}

pub fn ended(child: &mut Child) -> i32 {
    for _ in 0..PATIENCE.as_millis() / 20 {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().unwrap_or(-1);
        }
        pause(20);
    }
    panic!("process {} did not end", child.id());
}

/// Lines as they come. Read to the end, so that nobody is stopped by a full pipe.
pub fn lines(from: impl std::io::Read + Send + 'static) -> mpsc::Receiver<String> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let _nobody_listens = tell.send(line);
        }
    });
    told
}

/// Asks until it is so.
#[track_caller]
pub fn soon(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..200 {
        if is_so() {
            return;
        }
        pause(20);
    }
    panic!("not within four seconds: {what}");
}

pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}
pub fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub fn spawn(command: &mut Command) -> Child {
    command.spawn().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "other processes have no clock that a test could turn")]
pub fn pause(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}

#[expect(clippy::disallowed_methods, reason = "dates of real files and certificates")]
pub fn now() -> std::time::SystemTime {
    std::time::SystemTime::now()
}
