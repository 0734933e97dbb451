//! The house's one direction: ui → src-tauri → engine → models, and cli → engine → models. Checked twice,
//! in what the manifests declare and in what the sources write: `mlx_rs` has its home in `models` alone,
//! `tauri` in `src-tauri` alone. The last tests turn the checker on houses that break each rule.

use std::fs;
use std::path::{Path, PathBuf};

/// A room: its package, its folder of sources, which of our packages it may depend on, and which of the
/// crates with one home may appear in it.
struct Room {
    package: &'static str,
    manifest: &'static str,
    sources: &'static [&'static str],
    may_use: &'static [&'static str],
    homes: &'static [&'static str],
}

const ROOMS: [Room; 4] = [
    Room {
        package: "myna-models",
        manifest: "models/Cargo.toml",
        sources: &["models"],
        may_use: &[],
        homes: &["mlx"],
    },
    Room {
        package: "myna-engine",
        manifest: "engine/Cargo.toml",
        sources: &["engine"],
        may_use: &["myna-models"],
        homes: &[],
    },
    // The app and the command line reach the networks through the engine only.
    Room {
        package: "myna",
        manifest: "cli/Cargo.toml",
        sources: &["cli"],
        may_use: &["myna-engine"],
        homes: &[],
    },
    Room {
        package: "myna-app",
        manifest: "Cargo.toml",
        sources: &["src-tauri", "tests/app"],
        may_use: &["myna-engine"],
        homes: &["tauri"],
    },
];

/// The crates with one home, by the start of their names: `mlx-rs`, `mlx_sys`, `tauri-build`, …
const HOMED: [&str; 2] = ["mlx", "tauri"];

fn homed(name: &str) -> Option<&'static str> {
    let stem = name.split(['-', '_']).next().unwrap_or(name);
    HOMED.into_iter().find(|h| *h == stem)
}

/// What a room's manifest breaks. Development dependencies are held to the same rules.
fn manifest_breaks(room: &Room, manifest: &str) -> Vec<String> {
    let mut breaks = Vec::new();
    let mut in_dependencies = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_matches(['[', ']']);
            // `[dependencies.name]` names its crate in the header.
            let (table, name) = match section.rsplit_once("dependencies.") {
                Some((_, name)) => ("", Some(name)),
                None => (section, None),
            };
            // The workspace's own list of versions is no dependency of the root package.
            in_dependencies = table.ends_with("dependencies") && !table.starts_with("workspace");
            if let Some(name) = name.filter(|_| !section.starts_with("workspace")) {
                breaks.extend(dependency_break(room, name));
            }
        } else if in_dependencies && !line.starts_with('#') {
            let Some((name, value)) = line.split_once('=') else {
                continue;
            };
            let name = name
                .trim()
                .split('.')
                .next()
                .unwrap_or_default()
                .trim_matches('"');
            breaks.extend(dependency_break(room, name));
            // A renamed crate: `alias = { package = "mlx-rs" }`.
            if let Some((_, renamed)) = value.split_once("package = \"") {
                breaks.extend(dependency_break(
                    room,
                    renamed.split('"').next().unwrap_or_default(),
                ));
            }
        }
    }
    breaks
}

fn dependency_break(room: &Room, name: &str) -> Option<String> {
    let ours = ROOMS.iter().any(|r| r.package == name);
    let foreign = homed(name).is_some_and(|h| !room.homes.contains(&h));
    ((ours && !room.may_use.contains(&name)) || foreign)
        .then(|| format!("{} depends on {name}", room.package))
}

/// What a source file breaks: a path such as `mlx_rs::Array`, or `use tauri;`, outside its home.
fn source_breaks(room: &Room, file: &str, text: &str) -> Vec<String> {
    let mut breaks = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        // Words, each with what follows it: `mlx_rs` `::Array`.
        for (at, _) in HOMED.iter().flat_map(|h| code.match_indices(h)) {
            let starts_word =
                !code[..at].ends_with(|c: char| c.is_alphanumeric() || "_-\"/.".contains(c));
            let word: String = code[at..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            let rest = code[at + word.len()..].trim_start();
            let is_path = rest.starts_with("::")
                || (code
                    .trim_start()
                    .trim_start_matches("pub ")
                    .starts_with("use ")
                    && !rest.starts_with(':'))
                || code.contains(&format!("extern crate {word}"));
            let foreign = homed(&word).is_some_and(|h| !room.homes.contains(&h));
            if starts_word && is_path && foreign {
                breaks.push(format!(
                    "{file}:{} writes {word} in {}",
                    number + 1,
                    room.package
                ));
            }
        }
    }
    breaks
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path
                .file_name()
                .is_some_and(|n| n != "target" && n != "node_modules")
            {
                rust_files(&path, found);
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn manifests_point_one_way() {
    for room in &ROOMS {
        let manifest = fs::read_to_string(root().join(room.manifest)).unwrap();
        assert!(
            manifest.contains(&format!("name = \"{}\"", room.package)),
            "{} moved",
            room.package
        );
        assert_eq!(manifest_breaks(room, &manifest), Vec::<String>::new());
    }
}

#[test]
fn mlx_and_tauri_stay_at_home() {
    for room in &ROOMS {
        let mut files = Vec::new();
        for folder in room.sources {
            rust_files(&root().join(folder), &mut files);
        }
        assert!(!files.is_empty(), "no sources found for {}", room.package);
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let name = file.strip_prefix(root()).unwrap().display().to_string();
            assert_eq!(source_breaks(room, &name, &text), Vec::<String>::new());
        }
    }
}

#[test]
fn every_member_is_a_room() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let members = manifest
        .lines()
        .find(|l| l.starts_with("members = "))
        .unwrap();
    for member in members.split('"').skip(1).step_by(2) {
        let path = format!("{member}/Cargo.toml");
        assert!(
            ROOMS.iter().any(|r| r.manifest == path),
            "{member} has no room in tests/layers.rs"
        );
    }
}

#[test]
fn pages_call_the_app_by_its_bindings_only() {
    fn visit(folder: &Path, breaks: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                visit(&path, breaks);
            } else if name != "bindings.ts"
                && fs::read_to_string(&path).unwrap().contains("invoke(")
            {
                breaks.push(name);
            }
        }
    }
    let mut breaks = Vec::new();
    visit(&root().join("ui/src"), &mut breaks);
    assert_eq!(breaks, Vec::<String>::new());
}

fn room(package: &str) -> &'static Room {
    ROOMS.iter().find(|r| r.package == package).unwrap()
}

#[test]
fn a_manifest_that_breaks_the_direction_is_found() {
    let upward = "[package]\nname = \"myna-models\"\n[dependencies]\nserde = \"1\"\nmyna-engine.workspace = true\n";
    assert_eq!(
        manifest_breaks(room("myna-models"), upward),
        ["myna-models depends on myna-engine"]
    );
    for shortcut in [
        "[dependencies]\nmyna-models = { path = \"../models\" }",
        "[dependencies.myna-models]\npath = \"../models\"",
        "[dev-dependencies]\nmyna-models.workspace = true",
        "[target.'cfg(target_os = \"macos\")'.dependencies]\nmyna-models.workspace = true",
        "[dependencies]\nnets = { package = \"myna-models\", path = \"../models\" }",
    ] {
        assert_eq!(
            manifest_breaks(room("myna"), shortcut),
            ["myna depends on myna-models"],
            "{shortcut}"
        );
    }
    assert_eq!(
        manifest_breaks(
            room("myna-engine"),
            "[dependencies]\nmlx-rs.workspace = true\ntauri = \"2\""
        ),
        [
            "myna-engine depends on mlx-rs",
            "myna-engine depends on tauri"
        ]
    );
    let versions =
        "[workspace.dependencies]\nmyna-models = { path = \"models\" }\nmlx-rs = \"1\"\n";
    assert_eq!(
        manifest_breaks(room("myna-app"), versions),
        Vec::<String>::new()
    );
}

#[test]
fn a_source_that_leaves_home_is_found() {
    let engine = room("myna-engine");
    for code in [
        "use mlx_rs::Array;",
        "pub use tauri;",
        "let a = mlx_rs::Array::from(1);",
        "fn f(a: &mlx_rs :: Array) {}",
        "use {tauri::Manager, std::fs};",
        "extern crate mlx_sys;",
    ] {
        assert_eq!(source_breaks(engine, "x.rs", code).len(), 1, "{code}");
    }
    for harmless in [
        "// mlx_rs::Array is not seen here",
        "let tauri_like = 1;",
        "\"src-tauri\"",
        "let mlx = 1;",
    ] {
        assert_eq!(
            source_breaks(engine, "x.rs", harmless),
            Vec::<String>::new(),
            "{harmless}"
        );
    }
    assert_eq!(
        source_breaks(room("myna-models"), "x.rs", "use mlx_rs::Array;"),
        Vec::<String>::new()
    );
    assert_eq!(
        source_breaks(room("myna-models"), "x.rs", "use tauri::App;").len(),
        1
    );
}
