//! The binary under test: made, started on core 0, looked at through `/proc`, stopped.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::browser::Browser;

/// The binary.
pub const TORHAUS: &str = env!("CARGO_BIN_EXE_torhaus");
/// A house that has not answered by then never will.
const PATIENCE: Duration = Duration::from_secs(10);

/// A folder that goes with its owner.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("torhaus-bench-{}-{name}", std::process::id()));
        let _left_over = fs::remove_dir_all(&path);
        Self(path)
    }
    pub fn path(&self) -> &Path {
        &self.0
    }
    fn arg(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What can not be removed lies in the system's folder for temporary things.
        let _removed = fs::remove_dir_all(&self.0);
    }
}

/// A running house.
pub struct House {
    child: Child,
    /// `http://localhost:port`
    pub origin: String,
    pub port: u16,
}

impl Drop for House {
    fn drop(&mut self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let begun = Instant::now();
        while told.as_ref().is_ok_and(std::process::ExitStatus::success) && begun.elapsed() < PATIENCE {
            match self.child.try_wait() {
                Ok(None) => pause(Duration::from_millis(2)),
                _ => return,
            }
        }
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Keeps us, and every thread and process begun later, on the cores from `first` on.
pub fn take_cores(first: usize, cores: usize) {
    let (own, list) = (std::process::id().to_string(), format!("{first}-{}", cores - 1));
    let pinned = Command::new("taskset").args(["-acp", &list, &own]).stdout(Stdio::null()).status();
    assert!(pinned.is_ok_and(|status| status.success()), "taskset can not pin; `apt-get install util-linux`");
}

#[expect(clippy::disallowed_methods, reason = "another process shall go on")]
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// A port nobody uses at the moment.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// The binary on the server's core.
fn torhaus(words: &[&str]) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", "0", TORHAUS]).args(words).stdin(Stdio::null());
    command
}

/// Runs a command of the binary to its end and reads its JSON.
pub fn command(words: &[&str]) -> Value {
    let output = torhaus(words).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

/// `torhaus setup`
pub fn set_up(folder: &Folder, port: u16) {
    let (url, listen) = (format!("http://localhost:{port}"), format!("127.0.0.1:{port}"));
    command(&["setup", "--json", "--data-dir", folder.arg(), "--public-url", &url, "--listen", &listen]);
}

/// The client id and secret of a new service which may do everything that is measured.
pub fn add_service(folder: &Folder) -> (String, String) {
    let mut words = vec!["service", "add", "--json", "--data-dir", folder.arg(), "--name", "Bench"];
    words.extend(["--redirect-uri", CALLBACK, "--id-token-signed-response-alg", "ES256"]);
    words.extend(["--grant-type", "authorization_code", "--grant-type", "client_credentials"]);
    words.extend(["--scope", "name", "--scope", "address", "--scope", "age_over_18"]);
    let made = command(&words);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("client_id"), text("client_secret"))
}

/// Where the service wants its answers; nobody listens there.
pub const CALLBACK: &str = "http://localhost:9/callback";

/// `torhaus serve`, and how long it took from the fork to the first whole answer.
pub fn serve(folder: &Folder, port: u16) -> (House, Duration) {
    begin(&["serve", "--log", "warn", "--data-dir", folder.arg()], port, Stdio::null())
}

/// `torhaus demo`
pub fn demo(folder: &Folder, port: u16) -> House {
    let listen = format!("127.0.0.1:{port}");
    let words = ["demo", "--json", "--log", "warn", "--data-dir", folder.arg(), "--listen", &listen];
    let (mut house, _) = begin(&words, port, Stdio::piped());
    // Read the announcement, so that the pipe never fills.
    let mut line = String::new();
    BufReader::new(house.child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    house
}

/// A demo's folder without a limit for how often one address may begin a sign-in.
pub fn demo_without_limit(folder: &Folder, port: u16) {
    drop(demo(folder, port));
    let file = folder.path().join("torhaus.toml");
    let text = fs::read_to_string(&file).unwrap();
    let lines = text
        .lines()
        .map(|line| if line.starts_with("open_per_minute") { "open_per_minute = 0" } else { line });
    fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
}

fn begin(words: &[&str], port: u16, out: Stdio) -> (House, Duration) {
    let begun = Instant::now();
    let child = torhaus(words).stdout(out).stderr(Stdio::null()).spawn().unwrap();
    let house = House { child, origin: format!("http://localhost:{port}"), port };
    while begun.elapsed() < PATIENCE {
        if let Some(mut browser) = Browser::try_new(port) {
            let answer = browser.get("/.well-known/openid-configuration");
            assert_eq!(answer.status, 200);
            return (house, begun.elapsed());
        }
        pause(Duration::from_micros(200));
    }
    panic!("the house does not answer: {words:?}");
}

impl House {
    fn proc(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap()
    }

    /// `(VmRSS, RssAnon)` in MiB.
    pub fn memory(&self) -> (f64, f64) {
        let status = self.proc("status");
        let mib = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
        };
        (mib("VmRSS:"), mib("RssAnon:"))
    }

    /// Processor time of all its threads so far, user and system.
    pub fn processor(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let times = tasks.filter_map(|task| {
            // Nanoseconds, where `stat` counts hundredths of a second.
            let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(times.sum())
    }
}
