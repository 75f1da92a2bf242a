//! A town for one test: a real house in a folder of its own, served on a free port of the loopback, with a clock
//! that is turned by hand and dice that fall the same way every time.

pub mod card;
pub mod customer;
pub mod html;
pub mod http;
pub mod login;
pub mod phone;
pub mod program;
pub mod resident;
pub mod service;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use torhaus::app::boot::{self, House};
use torhaus::app::clock::SystemClock;
use torhaus::app::data_directory::{Boot, Tls};
use torhaus::app::{rounds, server, setup};
use torhaus::domain::audit::Actor;
use torhaus::domain::dice::Dice;
use torhaus::domain::time::{Clock, Span, Timestamp};
use torhaus::http::Appliance;
use torhaus::oidc::registration::{self, Wish};

pub use card::Card;
pub use http::{Answer, Browser};
pub use resident::Resident;
pub use service::Service;

/// Sunday, 22 November 2026, 10:14 in Birkenfurt.
const MORNING: Timestamp = Timestamp(1_795_338_840_000);

/// A clock that stands still until somebody turns it.
#[derive(Clone)]
pub struct HandClock(Arc<AtomicI64>);

impl HandClock {
    /// Turns it on.
    pub fn turn(&self, by: Span) {
        self.0.fetch_add(by.0, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Dice that fall the same way for the same seed (SplitMix64). Nothing here is secret.
pub struct SeededDice(AtomicU64);

impl SeededDice {
    /// Dice of their own for somebody else.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Dice for SeededDice {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(z ^ (z >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

struct Served {
    app: Data<Appliance>,
    eid_service: Option<SocketAddr>,
    handle: ServerHandle,
    thread: JoinHandle<()>,
}

/// The town.
pub struct Town {
    folder: PathBuf,
    /// Its clock.
    pub clock: HandClock,
    // Kept while no server runs, so that nobody else takes the port.
    listener: TcpListener,
    /// `http://localhost:<port>`
    pub origin: String,
    seed: AtomicU64,
    served: Mutex<Option<Served>>,
}

static TOWNS: AtomicU64 = AtomicU64::new(1);

/// A folder nobody else uses.
pub fn new_folder() -> PathBuf {
    let name = format!("torhaus-it-{}-{}", std::process::id(), TOWNS.fetch_add(1, Ordering::SeqCst));
    std::env::temp_dir().join(name)
}

impl Town {
    /// A demo town, as `torhaus demo` makes it.
    pub fn open() -> Self {
        Self::with(|_| {})
    }

    /// A town booted otherwise.
    pub fn with(change: impl FnOnce(&mut Boot)) -> Self {
        Self::at(MORNING, change)
    }

    /// A town of today, whose certificates others check by their own clocks.
    pub fn today(change: impl FnOnce(&mut Boot)) -> Self {
        Self::at(SystemClock.now(), change)
    }

    fn at(begin: Timestamp, change: impl FnOnce(&mut Boot)) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address: SocketAddr = listener.local_addr().expect("a bound address");
        let origin = format!("http://localhost:{}", address.port());
        let mut boot = Boot { demo: true, ..Boot::new(&origin, address, Tls::Off) };
        change(&mut boot);
        let town = Self {
            folder: new_folder(),
            clock: HandClock(Arc::new(AtomicI64::new(begin.0))),
            listener,
            origin: boot.public_url.clone(),
            seed: AtomicU64::new(1),
            served: Mutex::new(None),
        };
        let made = setup::create(&town.folder, &boot, &Default::default(), &town.dice(), town.clock.now());
        made.expect("a new house");
        town.start();
        town
    }

    /// A seed nobody else has.
    pub fn next_seed(&self) -> u64 {
        self.seed.fetch_add(1, Ordering::SeqCst) << 48
    }

    fn dice(&self) -> SeededDice {
        // Another seed for each start: what was drawn once is in the store.
        SeededDice::new(self.next_seed())
    }

    /// Where its data are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The same house once more, as a command would open it beside the running server.
    pub fn house(&self) -> House {
        let mut house = boot::open_for_command(&self.folder).expect("the house opens");
        house.appliance.clock = Box::new(self.clock.clone());
        house.appliance.dice = Box::new(self.dice());
        house
    }

    /// Starts the server.
    pub fn start(&self) {
        let (house, listener) = (self.house(), self.listener.try_clone().expect("a second handle"));
        let (tell, told) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let running = server::start(house, listener, 1, Vec::new()).expect("the server starts");
                tell.send((running.app.clone(), running.eid_service, running.handle()))
                    .expect("somebody waits");
                running.serve().await.expect("the server ends well");
            });
        });
        let (app, eid_service, handle) = told.recv().expect("the server started");
        *self.served.lock().expect("no test panicked here") =
            Some(Served { app, eid_service, handle, thread });
    }

    /// Stops the server; what was answered is in the store.
    pub fn stop(&self) {
        let served = self.served.lock().expect("no test panicked here").take();
        if let Some(Served { app, handle, thread, .. }) = served {
            drop(app);
            // The command is sent at once; the thread ends when it was obeyed.
            drop(handle.stop(false));
            thread.join().expect("the server ended well");
        }
    }

    /// Stops it and starts it again on the same folder.
    pub fn restart(&self) {
        self.stop();
        self.start();
    }

    /// The appliance behind the running server.
    pub fn app(&self) -> Data<Appliance> {
        self.served.lock().expect("no test panicked here").as_ref().expect("a running server").app.clone()
    }

    /// The port of its eID service for customers.
    pub fn eid_service_port(&self) -> u16 {
        let served = self.served.lock().expect("no test panicked here");
        served.as_ref().and_then(|served| served.eid_service).expect("a town that has customers").port()
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.listener.local_addr().expect("a bound address").port()
    }

    /// A resident with a fresh browser and an empty phone.
    pub fn resident(&self) -> Resident<'_> {
        Resident::new(self)
    }

    /// A browser without anybody before it.
    pub fn browser(&self) -> Browser {
        Browser::new(self)
    }

    /// Registers a service.
    pub fn service(&self, wish: &Wish) -> Service<'_> {
        let made = registration::register(wish, Actor::Command, &self.app()).expect("a good wish");
        Service::new(self, &made)
    }

    /// The public library, which asks for name and address.
    pub fn library(&self) -> Service<'_> {
        self.service(&service::wish("Stadtbibliothek", &["name", "address"]))
    }

    /// How many rows a table has.
    pub fn rows(&self, table: &str) -> i64 {
        self.number(&format!("SELECT count(*) FROM {table}"))
    }

    /// A number out of the store.
    pub fn number(&self, sql: &str) -> i64 {
        let found = self.app().store.read(|db| db.one(sql, &[], |row| row.get_i64(0)));
        found.expect("a good query").expect("a row")
    }

    /// How often an event is in the audit.
    pub fn audited(&self, event: &str) -> i64 {
        self.number(&format!("SELECT count(*) FROM audit WHERE event = '{event}'"))
    }

    /// The house makes its round.
    pub fn sweep(&self) {
        let app = self.app();
        let runtime = actix_web::rt::Runtime::new().expect("a runtime");
        runtime.block_on(async { rounds::sweep(&app).await }).expect("the sweep");
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        // A server thread that panicked must not hide why the test failed.
        if let Ok(mut served) = self.served.lock()
            && let Some(Served { app, handle, thread, .. }) = served.take()
        {
            drop(app);
            drop(handle.stop(false));
            drop(thread.join());
        }
        drop(std::fs::remove_dir_all(&self.folder));
    }
}
