//! The data directory: one folder with the database, the appliance key and the boot file. Nothing else is needed
//! to move a house to another machine.

use crate::http::address::Network;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use url::Url;

/// Where TLS comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// A proxy before us speaks TLS, or nobody does (localhost only).
    Off,
    /// Certificate and key from files.
    Files,
    /// From the town's own CA.
    LocalCa,
}

/// What must be known before the store is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Boot {
    /// The origin people use, without path: `https://id.birkenfurt.example`.
    pub public_url: String,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Where TLS comes from.
    pub tls: Tls,
    /// With `tls = "files"`: the certificate chain, PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_certificate: Option<PathBuf>,
    /// With `tls = "files"`: the key, PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_key: Option<PathBuf>,
    /// Networks of proxies whose `X-Forwarded-For` counts.
    #[serde(default)]
    pub trusted_proxies: Vec<String>,
    /// In a demo: where customers of its eID server are served; nowhere without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eid_service_listen: Option<SocketAddr>,
    /// Anonymous writes of one address each minute; 0 switches the limit off.
    #[serde(default = "usual_limit")]
    pub open_per_minute: u32,
    /// A demo: made-up people only. Never changes.
    #[serde(default)]
    pub demo: bool,
}

const fn usual_limit() -> u32 {
    crate::http::limit::OPEN_PER_MINUTE
}

/// Why a data directory can not be used; each message names the remedy.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryFault {
    /// There is none.
    #[error("{0}: no Torhaus data directory; make one with `torhaus setup --data-dir {0} --public-url …`")]
    Missing(PathBuf),
    /// Something is there already.
    #[error("{0} exists and is not empty; setup never touches an existing directory, choose another")]
    Exists(PathBuf),
    /// It belongs to somebody else.
    #[error(
        "{path} belongs to user {owner}, and this runs as user {me}; run as the owner: `sudo -u '#{owner}' torhaus …`"
    )]
    OtherOwner {
        /// Which.
        path: PathBuf,
        /// Its owner's uid.
        owner: u32,
        /// Our uid.
        me: u32,
    },
    /// Others may look in.
    #[error("{0} can be read by other users; close it: `chmod 700 {0}`")]
    Open(PathBuf),
    /// The system says no.
    #[error("{path}: {why}; check the path, and that this user may read and write it")]
    Io {
        /// Which.
        path: PathBuf,
        /// What it says.
        why: io::Error,
    },
    /// The boot file has mistakes, all of them.
    #[error("{path} has mistakes:\n{mistakes}")]
    BootFile {
        /// Which.
        path: PathBuf,
        /// One a line.
        mistakes: String,
    },
    /// A demo directory where a real one is wanted.
    #[error(
        "{0} is a demo: its people are made up. Serve it with `torhaus demo --data-dir {0}`, or set up a real one"
    )]
    IsDemo(PathBuf),
    /// A real directory where a demo is wanted.
    #[error("{0} is a real town's data directory; the demo refuses it. Choose another directory")]
    IsReal(PathBuf),
    /// A server runs on it.
    #[error("{0} is served by another Torhaus already; stop that one first, or choose another directory")]
    Occupied(PathBuf),
}

/// An existing data directory which is ours.
#[derive(Clone, Debug)]
pub struct DataDirectory(PathBuf);

impl DataDirectory {
    /// Makes one: an empty folder of mode 0700 with a boot file.
    pub fn create(path: &Path, boot: &Boot) -> Result<Self, DirectoryFault> {
        // Only here: a certificate that is missing for a moment later on must not stop a command.
        told(path, [boot.mistakes(), boot.missing_files()].concat())?;
        let io = |why| DirectoryFault::Io { path: path.to_owned(), why };
        match fs::read_dir(path).map(Iterator::count) {
            Ok(1..) => {
                return Err(DirectoryFault::Exists(path.to_owned()));
            }
            Ok(0) => fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(io)?,
            Err(why) if why.kind() == io::ErrorKind::NotFound => {
                fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io)?;
            }
            Err(why) => return Err(io(why)),
        }
        let directory = Self(path.to_owned());
        boot.write(&directory.boot_file())?;
        Ok(directory)
    }

    /// Replaces the boot file whole: a demo that is continued may listen elsewhere, and commands read it.
    pub fn replace_boot(&self, boot: &Boot) -> Result<(), DirectoryFault> {
        let file = self.boot_file();
        let draft = file.with_extension("new");
        let io = |why| DirectoryFault::Io { path: draft.clone(), why };
        match fs::remove_file(&draft) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(io(why)),
            _ => {}
        }
        boot.write(&draft)?;
        fs::rename(&draft, &file).map_err(io)
    }

    /// Takes the directory for one server, as long as the answer lives. Commands do not ask for it: they work
    /// beside a server.
    pub fn occupy(&self) -> Result<fs::File, DirectoryFault> {
        let path = self.0.join("serving.lock");
        let mut open = fs::OpenOptions::new();
        let file = open.write(true).create(true).truncate(false).mode(0o600).open(&path);
        let io = |why| DirectoryFault::Io { path: path.clone(), why };
        let file = file.map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(fs::TryLockError::WouldBlock) => Err(DirectoryFault::Occupied(self.0.clone())),
            Err(fs::TryLockError::Error(why)) => Err(io(why)),
        }
    }

    /// Opens one: it must be ours and closed to others.
    pub fn open(path: &Path) -> Result<Self, DirectoryFault> {
        let directory = Self(path.to_owned());
        let io = |why| DirectoryFault::Io { path: path.to_owned(), why };
        let meta = match fs::metadata(path) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => {
                return Err(DirectoryFault::Missing(path.to_owned()));
            }
            meta => meta.map_err(io)?,
        };
        let me = fs::metadata("/proc/self").map_err(io)?.uid();
        let other = DirectoryFault::OtherOwner { path: path.to_owned(), owner: meta.uid(), me };
        match fs::metadata(directory.boot_file()) {
            Ok(file) if file.is_file() => {}
            // A directory that is closed to us does not even say whether it is one of ours.
            Err(why) if why.kind() == io::ErrorKind::PermissionDenied && meta.uid() != me => {
                return Err(other);
            }
            Err(why) if why.kind() == io::ErrorKind::PermissionDenied => return Err(io(why)),
            _ => return Err(DirectoryFault::Missing(path.to_owned())),
        }
        if meta.uid() != me && me != 0 {
            return Err(other);
        }
        if meta.mode() & 0o077 != 0 {
            return Err(DirectoryFault::Open(path.to_owned()));
        }
        Ok(directory)
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
    /// The database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.0.join("torhaus.db")
    }
    /// The appliance key.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.0.join("appliance.key")
    }
    /// The boot file.
    #[must_use]
    pub fn boot_file(&self) -> PathBuf {
        self.0.join("torhaus.toml")
    }
    /// Reads the boot file; all mistakes are reported together.
    pub fn boot(&self) -> Result<Boot, DirectoryFault> {
        Boot::read(&self.boot_file())
    }
}

impl Boot {
    /// The usual boot file of a town.
    #[must_use]
    pub fn new(public_url: &str, listen: SocketAddr, tls: Tls) -> Self {
        Self {
            public_url: public_url.trim_end_matches('/').to_owned(),
            listen,
            tls,
            tls_certificate: None,
            tls_key: None,
            trusted_proxies: Vec::new(),
            eid_service_listen: None,
            open_per_minute: usual_limit(),
            demo: false,
        }
    }

    /// Reads a boot file; all mistakes are reported together.
    pub fn read(path: &Path) -> Result<Self, DirectoryFault> {
        let text =
            fs::read_to_string(path).map_err(|why| DirectoryFault::Io { path: path.to_owned(), why })?;
        let boot: Self = toml::from_str(&text)
            .map_err(|why| DirectoryFault::BootFile { path: path.to_owned(), mistakes: why.to_string() })?;
        told(path, boot.mistakes())?;
        Ok(boot)
    }

    fn write(&self, path: &Path) -> Result<(), DirectoryFault> {
        let text = toml::to_string(self)
            .map_err(|why| DirectoryFault::BootFile { path: path.to_owned(), mistakes: why.to_string() })?;
        let mut open = fs::OpenOptions::new();
        let made = open.write(true).create_new(true).mode(0o600).open(path);
        let write = |mut file: fs::File| {
            io::Write::write_all(&mut file, text.as_bytes())?;
            file.sync_all()
        };
        made.and_then(write).map_err(|why| DirectoryFault::Io { path: path.to_owned(), why })
    }

    /// All mistakes together.
    fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        match self.url() {
            Err(why) => mistakes.push(format!("public_url = {:?} {why}", self.public_url)),
            Ok(url) if url.scheme() == "http" && !is_local(&url) => mistakes.push(format!(
                "public_url = {:?} is not https; browsers refuse passkeys there (http is only for localhost)",
                self.public_url
            )),
            Ok(url) if url.scheme() == "http" && self.tls != Tls::Off => mistakes.push(format!(
                "public_url = {:?} is http, but TLS is on; write https://, or switch TLS off",
                self.public_url
            )),
            Ok(_) => {}
        }
        if self.tls == Tls::Files && (self.tls_certificate.is_none() || self.tls_key.is_none()) {
            mistakes.push("tls = \"files\" needs tls_certificate and tls_key".to_owned());
        }
        if self.eid_service_listen.is_some() && !self.demo {
            mistakes.push("eid_service_listen: only a demo has an eID server; take the line out".to_owned());
        }
        for proxy in &self.trusted_proxies {
            if Network::parse(proxy).is_none() {
                mistakes
                    .push(format!("trusted_proxies: {proxy:?} is not an address or network like 10.0.0.0/8"));
            }
        }
        for (name, file) in self.files() {
            if file.is_relative() {
                let shown = file.display();
                mistakes
                    .push(format!("{name} = \"{shown}\" depends on where it is read; write the whole path"));
            }
        }
        mistakes
    }

    fn missing_files(&self) -> Vec<String> {
        let unreadable = |(name, file): (&str, &PathBuf)| {
            let why = fs::File::open(file).err()?;
            Some(format!("{name} = \"{}\" can not be read ({why}); put the file there first", file.display()))
        };
        self.files().filter_map(unreadable).collect()
    }

    fn files(&self) -> impl Iterator<Item = (&'static str, &PathBuf)> {
        let files = [("tls_certificate", &self.tls_certificate), ("tls_key", &self.tls_key)];
        files.into_iter().filter_map(|(name, file)| Some((name, file.as_ref()?)))
    }

    /// The public origin, parsed.
    pub fn url(&self) -> Result<Url, &'static str> {
        let url =
            Url::parse(&self.public_url).map_err(|_invalid| "is not an address; write https://id.example")?;
        let origin = url.origin().ascii_serialization();
        if !matches!(url.scheme(), "https" | "http") {
            return Err("must begin with https://");
        }
        if origin != self.public_url {
            return Err(
                "must be an origin only: scheme, host in small letters, port; no path, no slash at the end",
            );
        }
        Ok(url)
    }

    /// The address of the SOAP interface for customers of the eID server, if there is one: the host of the public
    /// origin, on the port of that listener.
    #[must_use]
    pub fn eid_service_url(&self) -> Option<String> {
        let mut url = self.url().ok()?;
        url.set_scheme("https").ok()?;
        url.set_port(Some(self.eid_service_listen?.port())).ok()?;
        url.set_path(crate::paths::EID_SERVICE);
        Some(url.to_string())
    }

    /// The networks of trusted proxies.
    #[must_use]
    pub fn proxies(&self) -> Vec<Network> {
        self.trusted_proxies.iter().filter_map(|proxy| Network::parse(proxy)).collect()
    }
}

fn told(path: &Path, mistakes: Vec<String>) -> Result<(), DirectoryFault> {
    if mistakes.is_empty() {
        return Ok(());
    }
    Err(DirectoryFault::BootFile { path: path.to_owned(), mistakes: mistakes.join("\n") })
}

fn is_local(url: &Url) -> bool {
    url.host_str().is_some_and(|host| host == "localhost" || host.ends_with(".localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boot(url: &str) -> Boot {
        Boot::new(url, ([127, 0, 0, 1], 8080).into(), Tls::Off)
    }

    #[test]
    fn all_mistakes_are_reported_together() {
        let mut boot = boot("http://id.birkenfurt.example/x");
        boot.tls = Tls::Files;
        boot.trusted_proxies = vec!["proxy".into()];
        boot.tls_certificate = Some("chain.pem".into());
        boot.eid_service_listen = Some(([127, 0, 0, 1], 8081).into());
        let mistakes = boot.mistakes();
        assert_eq!(mistakes.len(), 5, "{mistakes:?}");
    }

    #[test]
    fn a_public_url_is_an_origin() {
        for good in ["https://id.example", "https://id.example:8443", "http://localhost:8080"] {
            assert!(boot(good).mistakes().is_empty(), "{good}");
        }
        for bad in
            ["id.example", "http://id.example", "https://id.example/path", "https://ID.example", "ftp://x"]
        {
            assert!(!boot(bad).mistakes().is_empty(), "{bad}");
        }
    }

    #[test]
    fn a_directory_is_made_once_and_closed_to_others() {
        let path = std::env::temp_dir().join(format!("torhaus-directory-{}", std::process::id()));
        let _left_over = fs::remove_dir_all(&path);
        assert!(matches!(DataDirectory::open(&path), Err(DirectoryFault::Missing(_))));
        let made = DataDirectory::create(&path, &boot("http://localhost:8080")).unwrap();
        assert_eq!(made.boot().unwrap(), boot("http://localhost:8080"));
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        let again = DataDirectory::create(&path, &boot("http://localhost:8080"));
        assert!(matches!(again, Err(DirectoryFault::Exists(_))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(DataDirectory::open(&path), Err(DirectoryFault::Open(_))));
        fs::remove_dir_all(&path).unwrap();
    }
}
