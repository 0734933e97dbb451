//! All files of a model: listed, fetched into a draft, published as one.
//!
//! The draft (`.pull-NAME`) outlives cancelling, crashes and reboots, with the list that it was begun with: a download goes
//! on from where it stopped, at the same commit, whatever the branch has become since.

use super::file::{Fetch, lock, on_disk};
use super::hub::{Hub, Wanted};
use crate::library::catalogue::Known;
use crate::library::kept::{self, Origin};
use crate::{Error, Result, home, machine, whole};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Left free on the disk.
const SPARE: u64 = 500_000_000;

/// How far a download is; all of it counted on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The file that is being fetched.
    pub file: &'a str,
    pub done: u64,
    pub of: u64,
}

#[derive(Serialize, Deserialize)]
struct Plan {
    repo: String,
    commit: String,
    files: Vec<Wanted>,
}

/// Fetches a model into `shelf`, and gives its folder. A model that is there already is not fetched again.
pub fn pull(
    hub: &Hub,
    known: &Known,
    shelf: &Path,
    cancel: &AtomicBool,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<PathBuf> {
    let target = shelf.join(&known.id);
    if target.join(kept::ORIGIN).is_file() {
        return Ok(target);
    }
    let draft = shelf.join(format!(".pull-{}", known.id));
    home::make(&draft)?;
    let held = lock(&draft)?;
    // Another process may have finished it in between.
    if target.join(kept::ORIGIN).is_file() {
        std::fs::remove_dir_all(&draft).map_err(|e| Error::output(&draft, e))?;
        return Ok(target);
    }
    let plan = plan(hub, known, &draft)?;
    let files = files(hub, known, &plan);
    // Sizes are what a server says: they may add up to anything.
    let sizes = files.iter().map(|(_, f)| f.size);
    let total = sizes.fold(0, u64::saturating_add);
    let mut before = check_space(&files, &draft, total)?;

    for (url, wanted) in &files {
        let fetch = Fetch {
            hub,
            url,
            wanted,
            folder: &draft,
            cancel,
        };
        let already = on_disk(&draft, &wanted.name);
        let mut now = already;
        let result = fetch.run(&mut |bytes| {
            now = bytes;
            on_progress(Progress {
                file: &wanted.name,
                done: (before + bytes).saturating_sub(already),
                of: total,
            });
        });
        result?;
        before = (before + now).saturating_sub(already);
    }
    let files = files.into_iter().map(|(_, wanted)| wanted).collect();
    let origin = Origin::fetched(known, &plan.commit, files);
    origin.write(&draft)?;
    for name in [PLAN, "lock"] {
        _ = std::fs::remove_file(draft.join(name));
    }
    whole::publish(&draft, &target)?;
    drop(held);
    Ok(target)
}

/// Everything to fetch, and from where.
fn files(hub: &Hub, known: &Known, plan: &Plan) -> Vec<(String, Wanted)> {
    let own = plan.files.iter().map(|wanted| {
        let url = hub.url(&plan.repo, &plan.commit, &wanted.name);
        (url, wanted.clone())
    });
    let also = known.also.iter().map(|also| {
        let wanted = Wanted {
            name: also.name.clone(),
            size: also.bytes,
            sha256: Some(also.sha256.clone()),
        };
        (hub.url(&also.repo, &also.revision, &also.file), wanted)
    });
    own.chain(also).collect()
}

const PLAN: &str = "plan";

/// The list that this download was begun with, or a new one.
fn plan(hub: &Hub, known: &Known, draft: &Path) -> Result<Plan> {
    let path = draft.join(PLAN);
    // A plan that cannot be read, or is for something else, is made anew; files of it are still used where they fit.
    let begun = std::fs::read(&path).ok();
    let begun = begun.and_then(|text| serde_json::from_slice::<Plan>(&text).ok());
    if let Some(plan) = begun.filter(|p| p.repo == known.repo && fits(p, known)) {
        return Ok(plan);
    }
    let listing = hub.list(&known.repo, &known.revision)?;
    let mut files: Vec<Wanted> = listing.files;
    let elsewhere = |f: &Wanted| known.also.iter().any(|also| also.name == f.name);
    files.retain(|f| known.wants(&f.name) && !elsewhere(f));
    if !files.iter().any(|f| f.name.ends_with(".safetensors")) {
        return Err(myna_models::Error::refused(
            format!("{} holds no weights that can be used", known.repo),
            "It may have changed. `myna models import DIR` takes files that you have.",
        )
        .into());
    }
    for file in &mut files {
        let Some(pinned) = known.sha256.get(&file.name) else {
            continue;
        };
        if file
            .sha256
            .as_ref()
            .is_some_and(|announced| announced != pinned)
        {
            return Err(myna_models::Error::refused(
                format!(
                    "{} of {} is not the one that is known",
                    file.name, known.repo
                ),
                "It was replaced since; this Myna does not fetch it.",
            )
            .into());
        }
        file.sha256 = Some(pinned.clone());
    }
    // Small files first: what is wrong with a model shows early.
    files.sort_by(|a, b| a.size.cmp(&b.size).then_with(|| a.name.cmp(&b.name)));
    let plan = Plan {
        repo: known.repo.clone(),
        commit: listing.commit,
        files,
    };
    let text = serde_json::to_vec(&plan).map_err(|e| Error::output(&path, e))?;
    whole::write(&path, &text)?;
    Ok(plan)
}

/// Names in a plan were checked when it was made, and are checked again: it lay on a disk.
fn fits(plan: &Plan, known: &Known) -> bool {
    !plan.files.is_empty() && plan.files.iter().all(|f| known.wants(&f.name))
}

/// Refuses before the first byte what cannot end well; gives how much is there already.
fn check_space(files: &[(String, Wanted)], draft: &Path, total: u64) -> Result<u64> {
    let there = |(_, f): &(String, Wanted)| on_disk(draft, &f.name).min(f.size);
    let have: u64 = files.iter().map(there).sum();
    let needed = total.saturating_sub(have).saturating_add(SPARE);
    match machine::free_space(draft) {
        Some(free) if free < needed => Err(Error::output(
            draft,
            format!(
                "{:.1} GB are needed, {:.1} GB are free",
                needed as f64 / 1e9,
                free as f64 / 1e9
            ),
        )),
        _ => Ok(have),
    }
}
