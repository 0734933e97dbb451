//! What a repository says that it holds: hostile, pinned, from elsewhere.

use super::*;
use crate::library::Also;

#[test]
fn hostile_listings_are_refused() {
    let (server, place) = (server(), Place::new());
    let hash = "0".repeat(64);
    let file = |name: &str, size: &str| {
        format!(
            r#"{{"sha":"{}","siblings":[{{"rfilename":"{name}","size":{size},"lfs":{{"sha256":"{hash}"}}}}]}}"#,
            "a".repeat(40)
        )
    };
    let huge = file("model.safetensors", "99999999999999999");
    let overflowing = huge.replace(
        "\"siblings\":[",
        r#""siblings":[{"rfilename":"config.json","size":18446744073709551615},"#,
    );
    let cases = [
        ("a login page", "<html>Please log in".to_owned(), "network"),
        ("nothing", String::new(), "network"),
        (
            "no commit",
            r#"{"sha":"main/../x","siblings":[]}"#.into(),
            "network",
        ),
        (
            "no files",
            format!(r#"{{"sha":"{}","siblings":[]}}"#, "a".repeat(40)),
            "model-refused",
        ),
        ("a path", file("../model.safetensors", "3"), "model-refused"),
        (
            "an absolute path",
            file("/tmp/model.safetensors", "3"),
            "model-refused",
        ),
        (
            "pickles alone",
            file("pytorch_model.bin", "3"),
            "model-refused",
        ),
        (
            "no size",
            file("model.safetensors", "null"),
            "model-refused",
        ),
        (
            "a negative size",
            file("model.safetensors", "-3"),
            "network",
        ),
        ("more than any disk", huge, "output"),
        ("more than any number", overflowing, "output"),
    ];
    let count = cases.len();
    for (what, listing, kind) in cases {
        server.with(|s| s.listing = Some(listing));
        _ = fs::remove_dir_all(place.shelf());
        let refusal = place.get(&server).unwrap_err();
        assert_eq!(refusal.kind(), kind, "{what}: {refusal}");
        assert!(place.is_empty(), "{what}");
    }
    eprintln!("hostile listings: {count} refused");
}

#[test]
fn a_pinned_hash_wins_over_what_is_announced() {
    let (server, place) = (server(), Place::new());
    let mut known = known();
    known
        .sha256
        .insert("model.safetensors".into(), "1".repeat(64));
    let hub = Hub::at(&server.base, None, PATIENCE).unwrap();
    let refusal = pull(
        &hub,
        &known,
        &place.shelf(),
        &AtomicBool::new(false),
        &mut |_| {},
    )
    .unwrap_err();
    assert_eq!(refusal.kind(), "model-refused");
    assert!(
        server.log().iter().all(|l| l.starts_with("/api/")),
        "nothing of it is fetched"
    );
}

#[test]
fn a_file_of_another_repository_comes_along_under_its_name_or_nothing_does() {
    let other: Vec<u8> = (0..50_000u32).map(|n| (n % 13) as u8).collect();
    let server = Server::new(&[
        ("model.safetensors", weights()),
        ("tokens.safetensors", other.clone()),
        // The main repository has one of that name, too: the pinned one wins.
        ("s3tokenizer.safetensors", b"another".to_vec()),
    ]);
    let mut known = known();
    let also = |sha256: String| Also {
        repo: "others/tokens".into(),
        revision: "b".repeat(40),
        file: "tokens.safetensors".into(),
        name: "s3tokenizer.safetensors".into(),
        bytes: other.len() as u64,
        sha256,
    };
    let place = Place::new();
    let get = |known: &Known| {
        let hub = Hub::at(&server.base, None, PATIENCE)?;
        let never = AtomicBool::new(false);
        pull(&hub, known, &place.shelf(), &never, &mut |_| {})
    };
    known.also = vec![also("0".repeat(64))];
    let refusal = get(&known).unwrap_err();
    assert_eq!(refusal.kind(), "model-refused", "{refusal}");
    assert!(place.is_empty());
    // Torn on its way, then good.
    server.play(&[Trick::CutAfter(1000)]);
    known.also = vec![also(crate::library::bytes_hash(&other))];
    let dir = get(&known).unwrap();
    assert_eq!(
        fs::read(dir.join("s3tokenizer.safetensors")).unwrap(),
        other
    );
    assert_eq!(fs::read(dir.join("model.safetensors")).unwrap(), weights());
    let asked = server.log();
    let path = format!(
        "/others/tokens/resolve/{}/tokens.safetensors",
        "b".repeat(40)
    );
    assert!(asked.iter().any(|a| a.starts_with(&path)), "{asked:?}");
    let files = kept(&place.shelf())[0].origin.clone().unwrap().files;
    assert!(files.iter().any(|f| f.name == "s3tokenizer.safetensors"));
}
