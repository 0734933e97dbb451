//! Downloads over a line and from a server that do everything wrong.

mod listings;

use super::server::{Server, Trick};
use super::*;
use crate::library::{Known, catalogue, kept, remove};
use crate::whole::faults;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(5),
    stall: Duration::from_millis(400),
    attempts: 4,
    pause: Duration::from_millis(2),
};

fn weights() -> Vec<u8> {
    (0..300_000u32).map(|n| (n * 7 % 251) as u8).collect()
}

fn server() -> Server {
    Server::new(&[
        ("config.json", b"{}".to_vec()),
        ("model.safetensors", weights()),
        ("README.md", b"not wanted".to_vec()),
        ("ckpt.pt", b"a pickle".to_vec()),
    ])
}

fn known() -> Known {
    let mut known = catalogue()
        .unwrap()
        .into_iter()
        .find(|k| k.id == "mimi")
        .unwrap();
    known.repo = "someone/tiny".into();
    // The real one's hashes are no hashes of this.
    known.revision = "main".into();
    known.sha256.clear();
    known
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn shelf(&self) -> PathBuf {
        self.0.path().join("models")
    }

    fn get_with(&self, server: &Server, token: Option<&str>) -> crate::Result<PathBuf> {
        let hub = Hub::at(&server.base, token.map(str::to_owned), PATIENCE)?;
        pull(
            &hub,
            &known(),
            &self.shelf(),
            &AtomicBool::new(false),
            &mut |_| {},
        )
    }

    fn get(&self, server: &Server) -> crate::Result<PathBuf> {
        self.get_with(server, None)
    }

    fn is_empty(&self) -> bool {
        kept(&self.shelf()).is_empty()
    }
}

fn is_whole(dir: &Path) {
    let mut names: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["config.json", "model.safetensors", "myna-origin.json"]
    );
    assert_eq!(fs::read(dir.join("model.safetensors")).unwrap(), weights());
    assert_eq!(fs::read(dir.join("config.json")).unwrap(), b"{}");
}

#[test]
fn a_model_arrives_whole_with_its_origin() {
    let (server, place) = (server(), Place::new());
    let dir = place.get(&server).unwrap();
    is_whole(&dir);
    let all = kept(&place.shelf());
    let origin = all[0].origin.as_ref().unwrap();
    assert_eq!(
        (all[0].id.as_str(), origin.commit.as_deref()),
        ("mimi", Some("a".repeat(40).as_str()))
    );
    assert_eq!(origin.files.len(), 2);
    server.log();
    assert_eq!(place.get(&server).unwrap(), dir);
    assert!(
        server.log().is_empty(),
        "what is there is not asked for again"
    );
}

#[test]
fn whatever_the_line_does_the_model_is_whole_or_not_there() {
    use Trick::{
        Close, CutAfter, Garbage, Good, IgnoreRange, LongerLength, MoreBytes, StallAfter, Status,
        WrongBytes, WrongRange,
    };
    // The first request for a file is for config.json, which is small.
    let cases: Vec<(&str, Vec<Trick>)> = vec![
        ("one cut", vec![Good, CutAfter(1000)]),
        ("cut at once", vec![Good, CutAfter(0)]),
        ("cut at the last byte", vec![Good, CutAfter(299_999)]),
        (
            "many cuts, each gives something",
            (0..20).map(|_| CutAfter(20_000)).collect(),
        ),
        ("the small file cut", vec![CutAfter(1), CutAfter(0)]),
        ("stalls", vec![Good, StallAfter(50_000), StallAfter(0)]),
        ("closed", vec![Close, Close, Good, Close]),
        ("no HTTP", vec![Garbage]),
        ("busy", vec![Status(503), Status(429), Good, Status(500)]),
        ("forgets ranges", vec![Good, CutAfter(5000), IgnoreRange]),
        ("lies about a range", vec![Good, CutAfter(5000), WrongRange]),
        ("refuses a range", vec![Good, CutAfter(5000), Status(416)]),
        ("other bytes", vec![Good, WrongBytes]),
        (
            "other bytes after a cut",
            vec![Good, CutAfter(5000), WrongBytes],
        ),
        ("another length", vec![Good, LongerLength]),
        ("more than announced", vec![Good, MoreBytes]),
        ("no content", vec![Good, Status(204)]),
    ];
    let count = cases.len();
    for (what, tricks) in cases {
        let (server, place) = (server(), Place::new());
        server.play(&tricks);
        match place.get(&server) {
            Ok(dir) => is_whole(&dir),
            Err(e) => panic!("{what}: {e}"),
        }
    }
    eprintln!("bad lines and servers: {count} kinds overcome");
}

#[test]
fn what_never_gets_better_is_refused_and_leaves_nothing_half() {
    use Trick::{Close, Garbage, LongerLength, MoreBytes, StallAfter, Status, WrongBytes};
    let cases = [
        ("dead", Close, "network"),
        ("no HTTP", Garbage, "network"),
        ("always silent", StallAfter(0), "network"),
        ("always busy", Status(503), "network"),
        ("gone", Status(404), "network"),
        ("gone for good", Status(410), "network"),
        ("other bytes", WrongBytes, "model-refused"),
        ("another length", LongerLength, "network"),
        ("more bytes", MoreBytes, "network"),
    ];
    let count = cases.len();
    for (what, trick, kind) in cases {
        let (server, place) = (server(), Place::new());
        server.play(&[Trick::Good]);
        server.with(|s| s.always = Some(trick));
        let refusal = place.get(&server).unwrap_err();
        assert_eq!(refusal.kind(), kind, "{what}: {refusal}");
        assert!(!refusal.hint().is_empty(), "{what}");
        assert!(place.is_empty(), "{what}: nothing looks like a model");
        // The server is mended: the next attempt works.
        server.with(|s| s.always = None);
        is_whole(&place.get(&server).unwrap());
    }
    eprintln!("hopeless lines and servers: {count} kinds refused in words, 0 halves left");
}

#[test]
fn a_download_goes_on_where_it_stopped() {
    let (server, place) = (server(), Place::new());
    server.play(&[Trick::Good, Trick::CutAfter(100_000)]);
    server.with(|s| s.always = Some(Trick::Close));
    place.get(&server).unwrap_err();
    // Another commit stands under the name meanwhile.
    server.with(|s| {
        s.always = None;
        s.commit = "b".repeat(40);
    });
    server.log();
    is_whole(&place.get(&server).unwrap());
    let path = format!(
        "/someone/tiny/resolve/{}/model.safetensors from 100000",
        "a".repeat(40)
    );
    assert_eq!(
        server.log(),
        [path],
        "one request, for the rest, of the commit begun with"
    );
}

#[test]
fn cancelling_keeps_what_is_there() {
    let (server, place) = (server(), Place::new());
    let hub = Hub::at(&server.base, None, PATIENCE).unwrap();
    let cancel = AtomicBool::new(false);
    let mut seen = Vec::new();
    let stopped = pull(&hub, &known(), &place.shelf(), &cancel, &mut |p| {
        seen.push(p.done);
        cancel.store(p.done > 100_000, Ordering::Relaxed);
    });
    assert_eq!(stopped.unwrap_err().kind(), "cancelled");
    assert!(seen.is_sorted() && place.is_empty());
    server.log();
    let mut first = None;
    let again = pull(
        &hub,
        &known(),
        &place.shelf(),
        &AtomicBool::new(false),
        &mut |p| {
            first.get_or_insert(p.done);
            assert_eq!(p.of, 300_002);
        },
    );
    is_whole(&again.unwrap());
    assert!(
        first.unwrap() > 100_000,
        "progress begins at what is on the disk"
    );
    assert!(server.log()[0].contains(" from "), "resumed");
}

#[test]
fn a_token_goes_to_the_hub_alone_and_only_when_needed() {
    let (hub, elsewhere) = (server(), server());
    let open = Place::new();
    open.get_with(&hub, Some("secret")).unwrap();
    assert!(
        !hub.log().join("\n").contains("secret"),
        "an open model is fetched without it"
    );

    hub.with(|s| s.token = Some("secret".into()));
    let place = Place::new();
    for wrong in [None, Some("wrong")] {
        let refusal = place.get_with(&hub, wrong).unwrap_err();
        assert_eq!(refusal.kind(), "network");
        assert!(refusal.hint().contains("HF_TOKEN") && refusal.hint().contains("import"));
    }
    let address = format!("{}/files/model.safetensors", elsewhere.base);
    hub.play(&[Trick::Good, Trick::Redirect(address)]);
    is_whole(&place.get_with(&hub, Some("secret")).unwrap());
    let there = elsewhere.log();
    assert_eq!(
        there,
        ["/files/model.safetensors"],
        "redirected, without the token"
    );
    let open_line = Hub::at("http://example.org", Some("secret".into()), PATIENCE);
    assert_eq!(open_line.unwrap_err().kind(), "bad-input");
}

#[test]
fn a_full_disk_stops_it_and_it_goes_on_later() {
    let (server, place) = (server(), Place::new());
    for room in [0, 10, 1000, 100_000, 100_000] {
        let refusal = faults::with_room(room, || place.get(&server)).unwrap_err();
        assert_eq!(refusal.kind(), "output", "{refusal}");
        assert!(refusal.to_string().contains("full"), "{refusal}");
        assert!(place.is_empty());
    }
    is_whole(&place.get(&server).unwrap());
}

#[test]
fn torn_leftovers_do_no_harm() {
    let (server, place) = (server(), Place::new());
    let draft = place.shelf().join(".pull-mimi");
    server.play(&[Trick::Good, Trick::CutAfter(100_000)]);
    server.with(|s| s.always = Some(Trick::Close));
    place.get(&server).unwrap_err();
    server.with(|s| s.always = None);
    let plan = fs::read(draft.join("plan")).unwrap();
    let part = fs::read(draft.join("model.safetensors.part")).unwrap();
    let mut states = 0;
    let lying = String::from_utf8(plan.clone())
        .unwrap()
        .replace("model.safetensors", "../../escaped.safetensors");
    let plans = (0..=plan.len())
        .step_by(23)
        .map(|n| plan[..n].to_vec())
        .chain([lying.into_bytes()]);
    let parts = [
        vec![],
        vec![0; 100_000],
        vec![0; 300_000],
        vec![0; 400_000],
        part,
    ];
    for plan in plans {
        for part in &parts {
            _ = fs::remove_dir_all(place.shelf());
            fs::create_dir_all(&draft).unwrap();
            fs::write(draft.join("plan"), &plan).unwrap();
            fs::write(draft.join("model.safetensors.part"), part).unwrap();
            is_whole(&place.get(&server).unwrap());
            assert!(!place.0.path().join("escaped.safetensors").exists());
            states += 1;
        }
    }
    eprintln!("torn downloads: {states} states, every one ends whole");
}

#[test]
fn two_at_once_do_not_mix() {
    let (server, place) = (server(), Place::new());
    server.play(&[Trick::Good, Trick::StallAfter(1000)]);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| place.get(&server));
        while !server.with(|s| s.log.iter().any(|l| l.contains("model.safetensors"))) {
            std::thread::sleep(Duration::from_millis(2));
        }
        let refusal = place.get(&server).unwrap_err();
        assert!(refusal.to_string().contains("another process"), "{refusal}");
        is_whole(&first.join().unwrap().unwrap());
    });
    assert_eq!(remove("mimi", &place.shelf()).unwrap() / 1000, 300);
    assert!(place.is_empty());
}
