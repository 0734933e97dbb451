//! Every kind of fault at every stage, once and twice.

use crate::rig::*;
use myna_engine::host::{Engine, Link};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;
use tokio::process::Command;

/// One lost engine is not noticed in the result, and the next request works.
async fn once(fault: Fault, after: usize, reference: &[f32]) {
    let seen = Arc::new(AtomicUsize::new(0));
    let (engine, _) = Engine::start(config_for(fault, broken(fault, &[after], seen)));
    let told = follow(engine.submit(utterance(3))).await;
    told.is_whole(reference);
    // Hello and Ready come before there is a job that could be begun again.
    let noticed = (2..messages()).contains(&after);
    assert_eq!(
        told.restarted.len(),
        usize::from(noticed),
        "{fault:?} after {after}"
    );
    let next = follow(engine.submit(utterance(3))).await;
    next.is_whole(reference);
}

/// Two in a row are a clear error, and the next request works.
async fn twice(fault: Fault, after: usize, reference: &[f32]) {
    let seen = Arc::new(AtomicUsize::new(0));
    let (engine, _) = Engine::start(config_for(fault, broken(fault, &[after, after], seen)));
    let told = follow(engine.submit(utterance(3))).await;
    told.is_a_clear_end(reference);
    let next = follow(engine.submit(utterance(3))).await;
    next.is_whole(reference);
}

/// What an engine says for one utterance: hello, ready, started, 25 frames, their sound in 6 chunks, done.
fn messages() -> usize {
    2 + 1 + 25 + 6 + 1
}

/// A fault after every `step`-th message, and twice in a row after every third of those.
async fn sweep(fault: Fault, step: usize) {
    let reference = reference(3).await;
    let (mut places, mut lost) = (0, 0);
    for after in (0..=messages()).step_by(step) {
        once(fault, after, &reference).await;
        lost += 1;
        if places % 3 == 0 && after < messages() {
            twice(fault, after, &reference).await;
            lost += 2;
        }
        places += 1;
    }
    println!(
        "{fault:?}: {places} stages, {lost} engines lost, every utterance whole or clearly ended"
    );
    assert!(places > messages() / step);
}

#[tokio::test]
async fn messages_are_counted_right() {
    let seen = Arc::new(AtomicUsize::new(0));
    let (engine, _) = Engine::start(config(broken(Fault::Kill, &[], seen.clone())));
    follow(engine.submit(utterance(3))).await.answer.unwrap();
    assert_eq!(seen.load(Ordering::SeqCst), messages());
}

#[tokio::test]
async fn killed_at_every_stage() {
    sweep(Fault::Kill, 1).await;
}

#[tokio::test]
async fn raving_at_many_stages() {
    sweep(Fault::Rave, 3).await;
}

#[tokio::test]
async fn foreign_frames_at_many_stages() {
    sweep(Fault::Foreign, 6).await;
}

#[tokio::test]
async fn cut_off_at_many_stages() {
    sweep(Fault::Cut, 6).await;
}

#[tokio::test]
async fn standing_still_at_several_stages() {
    sweep(Fault::Stop, 12).await;
}

/// A shell that takes memory away from the engine it becomes.
fn starved(kilobytes: u64) -> Command {
    let mut command = Command::new("sh");
    command.args([
        "-c",
        &format!("ulimit -v {kilobytes}; exec \"$0\" \"$1\""),
        MYNA,
    ]);
    command
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn out_of_memory_is_a_clear_error_wherever_it_strikes() {
    let reference = reference(3).await;
    let (mut failed, mut spoke) = (0, 0);
    for megabytes in [20, 60, 100, 140, 180, 220, 300, 500, 1000, 4000] {
        let starving = Arc::new(AtomicBool::new(true));
        let hungry = starving.clone();
        let launcher = Arc::new(move || match hungry.load(Ordering::SeqCst) {
            true => Link::to(starved(megabytes * 1024)),
            false => Link::to(Command::new(MYNA)),
        });
        let mut config = config(launcher);
        // OpenBLAS turns round in circles when it gets no buffer.
        config.patience.stuck = ms(8_000);
        let (engine, _) = Engine::start(config);
        let begin = Instant::now();
        let told = follow(engine.submit(utterance(3))).await;
        match &told.answer {
            Ok(_) => {
                told.is_whole(&reference);
                spoke += 1;
            }
            Err(e) if e.kind() == "engine" => {
                let why = told.is_a_clear_end(&reference);
                println!("{megabytes} MB: {why}");
                failed += 1;
            }
            Err(e) => {
                println!("{megabytes} MB: {}: {e}", e.kind());
                assert!(["compute", "io", "model-refused"].contains(&e.kind()));
                failed += 1;
            }
        }
        assert!(begin.elapsed().as_secs() < 60);
        // There is memory again, and whoever ran out of it is not asked a second time.
        starving.store(false, Ordering::SeqCst);
        follow(engine.submit(utterance(3)))
            .await
            .is_whole(&reference);
    }
    println!("out of memory: {failed} failed clearly, {spoke} had enough");
    assert!(failed >= 3 && spoke >= 1);
}
