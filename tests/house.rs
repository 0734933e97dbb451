//! Promises of the repository itself: documents that can be found and whose links lead somewhere, a script
//! whose help is complete, lock files that name no host but the public registries.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The pages of a folder, by name.
fn pages(folder: &str) -> Vec<String> {
    let mut pages: Vec<String> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md"))
        .collect();
    pages.sort();
    pages
}

/// The targets of `[text](target)` that are files of ours.
fn links(text: &str) -> Vec<&str> {
    let targets = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let files = targets.filter(|t| !t.contains("://") && !t.starts_with('#'));
    files.map(|t| t.split('#').next().unwrap_or(t)).collect()
}

#[test]
fn every_document_is_listed() {
    let index = read("docs/README.md");
    for page in pages("docs").iter().filter(|p| *p != "README.md") {
        assert!(
            index.contains(&format!("]({page})")),
            "docs/README.md does not list {page}"
        );
    }
}

#[test]
fn every_link_leads_to_a_file() {
    let top = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(PathBuf::from);
    let docs = pages("docs").into_iter().map(|p| Path::new("docs").join(p));
    let decisions = pages("docs/decisions")
        .into_iter()
        .map(|p| Path::new("docs/decisions").join(p));
    for page in top.into_iter().chain(docs).chain(decisions) {
        for link in links(&read(&page)) {
            let target = root().join(&page).parent().unwrap().join(link);
            assert!(target.exists(), "{} links to {link}", page.display());
        }
    }
}

#[test]
fn decisions_have_numbers_of_their_own() {
    let numbers: Vec<String> = pages("docs/decisions")
        .iter()
        .map(|p| p[..4].to_owned())
        .collect();
    let mut distinct = numbers.clone();
    distinct.dedup();
    assert_eq!(numbers, distinct);
    assert!(
        numbers.iter().all(|n| n.parse::<u16>().is_ok()),
        "{numbers:?}"
    );
}

#[test]
fn the_script_explains_every_verb_and_refuses_others() {
    let script = read("dev");
    let dev = |verb: &str| Command::new(root().join("dev")).arg(verb).output().unwrap();
    let help = String::from_utf8(dev("help").stdout).unwrap();
    let (_, verbs) = script.split_once("\ncase $verb in\n").unwrap();
    let mut found = 0;
    for line in verbs.lines() {
        let Some((names, _)) = line.split_once(')') else {
            continue;
        };
        for name in names
            .split('|')
            .map(str::trim)
            .filter(|n| n.starts_with(|c: char| c.is_ascii_lowercase()))
        {
            assert!(
                help.contains(&format!("./dev {name}")),
                "./dev help does not explain {name}"
            );
            found += 1;
        }
    }
    assert!(found >= 9, "the verbs are no longer found in the script");
    assert_eq!(dev("dance").status.code(), Some(2));
}

#[test]
fn lock_files_name_public_registries_only() {
    for line in read("Cargo.lock")
        .lines()
        .filter(|l| l.starts_with("source = "))
    {
        assert_eq!(
            line,
            "source = \"registry+https://github.com/rust-lang/crates.io-index\""
        );
    }
    let packages = read("ui/package-lock.json");
    assert!(
        !packages.contains("\"resolved\": \"http"),
        "npm recorded a host"
    );
    assert!(packages.contains("\"integrity\": \"sha512-"));
}
