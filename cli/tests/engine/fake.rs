//! Engines that follow the protocol and still do not do what they should.

use crate::rig::*;
use futures_util::{SinkExt, StreamExt};
use myna_engine::host::protocol::{Frames, FromEngine, ToEngine, VERSION};
use myna_engine::host::{Answer, Config, EarModel, Engine, Event, Launcher, Link, State, Work};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::codec::Framed;

type Wire = Framed<tokio::io::DuplexStream, Frames<ToEngine, FromEngine>>;

/// Engines played by a function, and how many were started.
fn played<F, Fut>(play: F) -> (Launcher, Arc<AtomicUsize>)
where
    F: Fn(Wire) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let starts = Arc::new(AtomicUsize::new(0));
    let count = starts.clone();
    let launcher: Launcher = Arc::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        tokio::spawn(play(Framed::new(theirs, Frames::default())));
        let (reader, writer) = tokio::io::split(ours);
        Ok(Link {
            reader: Box::new(reader),
            writer: Box::new(writer),
            process: None,
        })
    });
    (launcher, starts)
}

async fn greet(wire: &mut Wire) {
    let hello = wire.next().await.unwrap().unwrap();
    assert!(matches!(hello, ToEngine::Hello { .. }));
    say(
        wire,
        FromEngine::Hello {
            protocol: VERSION,
            version: myna_engine::VERSION.into(),
        },
    )
    .await;
    say(wire, FromEngine::Ready { limits: None }).await;
}

async fn say(wire: &mut Wire, message: FromEngine) -> bool {
    wire.send(message).await.is_ok()
}

async fn next_job(wire: &mut Wire) -> Option<(u64, Work)> {
    while let Some(Ok(message)) = wire.next().await {
        if let ToEngine::Work { job, work } = message {
            return Some((job, work));
        }
    }
    None
}

fn hurried(launcher: Launcher) -> Config {
    let mut config = config(launcher);
    config.patience.start = ms(600);
    config.patience.silence = ms(600);
    config.patience.stuck = ms(900);
    config.patience.cancel = ms(400);
    config
}

fn listen() -> Work {
    Work::LoadEar {
        model: EarModel {
            dir: "ear".into(),
            words: true,
            max_cache_len: 1,
            partial: false,
        },
    }
}

/// Fails with the sentence, after so many starts.
async fn fails(launcher: Launcher, starts: &AtomicUsize, expected: usize, sentence: &str) {
    let (engine, _) = Engine::start(hurried(launcher));
    let message = follow(engine.submit(utterance(1)))
        .await
        .is_a_clear_end(&[]);
    assert!(message.contains(sentence), "{message}");
    assert_eq!(starts.load(Ordering::SeqCst), expected, "{message}");
    assert_eq!(engine.state(), State::Off);
}

#[tokio::test]
async fn one_that_never_says_hello() {
    let (launcher, starts) = played(|wire| async move {
        let _wire = wire;
        std::future::pending().await
    });
    fails(launcher, &starts, 2, "did not get ready").await;
}

#[tokio::test]
async fn one_of_another_version() {
    let (launcher, starts) = played(|mut wire| async move {
        wire.next().await;
        say(
            &mut wire,
            FromEngine::Hello {
                protocol: VERSION,
                version: "0.0.9".into(),
            },
        )
        .await;
        wire.next().await;
    });
    // Another attempt would be the same.
    fails(launcher, &starts, 1, "is of version 0.0.9, this program of").await;
    let (launcher, starts) = played(|mut wire| async move {
        wire.next().await;
        say(
            &mut wire,
            FromEngine::Hello {
                protocol: 99,
                version: "9.0.0".into(),
            },
        )
        .await;
        wire.next().await;
    });
    fails(launcher, &starts, 1, "is of version 9.0.0").await;
}

#[tokio::test]
async fn one_that_beats_and_does_not_get_on() {
    let (launcher, starts) = played(|mut wire| async move {
        greet(&mut wire).await;
        while say(&mut wire, FromEngine::Beat { pulse: 7 }).await {
            tokio::time::sleep(ms(50)).await;
        }
    });
    fails(launcher, &starts, 2, "did not get on").await;
}

#[tokio::test]
async fn one_that_falls_silent() {
    let (launcher, starts) = played(|mut wire| async move {
        greet(&mut wire).await;
        next_job(&mut wire).await;
        std::future::pending().await
    });
    fails(launcher, &starts, 2, "no sign of life").await;
}

#[tokio::test]
async fn one_that_works_slowly_is_waited_for() {
    let (launcher, starts) = played(|mut wire| async move {
        greet(&mut wire).await;
        let (job, _) = next_job(&mut wire).await.unwrap();
        for pulse in 0..30 {
            say(&mut wire, FromEngine::Beat { pulse }).await;
            tokio::time::sleep(ms(100)).await;
        }
        say(
            &mut wire,
            FromEngine::Done {
                job,
                answer: Answer::RecordingEnded,
            },
        )
        .await;
        wire.next().await;
    });
    let (engine, _) = Engine::start(hurried(launcher));
    follow(engine.submit(utterance(1))).await.answer.unwrap();
    assert_eq!(starts.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn ones_that_speak_of_other_jobs_or_before_their_turn() {
    let strange = [
        FromEngine::Event {
            job: 99,
            event: Event::Frames(1),
        },
        FromEngine::Done {
            job: 99,
            answer: Answer::RecordingEnded,
        },
        FromEngine::Ready { limits: None },
        FromEngine::Hello {
            protocol: VERSION,
            version: myna_engine::VERSION.into(),
        },
    ];
    for message in strange {
        let (launcher, starts) = played(move |mut wire| {
            let message = message.clone();
            async move {
                greet(&mut wire).await;
                next_job(&mut wire).await;
                say(&mut wire, message).await;
                wire.next().await;
            }
        });
        fails(launcher, &starts, 2, "wrote what it should not").await;
    }
    let (launcher, starts) = played(|mut wire| async move {
        say(&mut wire, FromEngine::Beat { pulse: 1 }).await;
        wire.next().await;
        wire.next().await;
    });
    fails(launcher, &starts, 2, "before it has said hello").await;
}

#[tokio::test]
async fn one_whose_networks_cannot_be_used_says_why_once() {
    let (launcher, starts) = played(|mut wire| async move {
        wire.next().await;
        say(
            &mut wire,
            FromEngine::Hello {
                protocol: VERSION,
                version: myna_engine::VERSION.into(),
            },
        )
        .await;
        let error = myna_engine::host::protocol::Failure {
            kind: "compute".into(),
            message: "no metal library".into(),
            hint: "Install Myna again.".into(),
        };
        let spent = true;
        say(
            &mut wire,
            FromEngine::Failed {
                job: 0,
                error,
                spent,
            },
        )
        .await;
        wire.next().await;
    });
    let (engine, _) = Engine::start(hurried(launcher));
    let e = follow(engine.submit(utterance(1)))
        .await
        .answer
        .unwrap_err();
    assert_eq!(
        (e.kind(), e.to_string().as_str(), e.hint()),
        ("compute", "no metal library", "Install Myna again.")
    );
    assert_eq!(starts.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn one_that_does_not_stop_is_stopped() {
    let (launcher, starts) = played(|mut wire| async move {
        greet(&mut wire).await;
        let (job, _) = next_job(&mut wire).await.unwrap();
        let mut n = 0;
        // Talks on without ever reading.
        while say(
            &mut wire,
            FromEngine::Event {
                job,
                event: Event::Frames(n),
            },
        )
        .await
        {
            n += 1;
            tokio::time::sleep(ms(5)).await;
        }
    });
    let (engine, _) = Engine::start(hurried(launcher));
    let mut job = engine.submit(utterance(1));
    assert!(job.next().await.is_some());
    let waiting = engine.submit(listen());
    let stopped = tokio::time::timeout(Duration::from_secs(3), job.cancel()).await;
    assert_eq!(stopped.unwrap().unwrap_err().kind(), "cancelled");
    // What waited goes to a new engine, which is no better; it can be stopped while it waits, too.
    until("a second engine", || starts.load(Ordering::SeqCst) == 2).await;
    drop(waiting);
}

#[tokio::test]
async fn speech_goes_before_transcription_and_what_waits_can_be_stopped() {
    let order = Arc::new(Mutex::new(Vec::new()));
    let kept = order.clone();
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let (launcher, starts) = {
        let gate = gate.clone();
        played(move |mut wire| {
            let (kept, gate) = (kept.clone(), gate.clone());
            async move {
                greet(&mut wire).await;
                while let Some((job, work)) = next_job(&mut wire).await {
                    kept.lock().unwrap().push((job, work.priority()));
                    gate.acquire().await.unwrap().forget();
                    say(
                        &mut wire,
                        FromEngine::Done {
                            job,
                            answer: Answer::RecordingEnded,
                        },
                    )
                    .await;
                }
            }
        })
    };
    let mut config = hurried(launcher);
    config.patience = patience();
    let (engine, _) = Engine::start(config);
    let jobs: Vec<_> = [
        listen(),
        listen(),
        listen(),
        utterance(1),
        utterance(2),
        listen(),
    ]
    .map(|work| engine.submit(work))
    .into_iter()
    .collect();
    until("the first job runs", || order.lock().unwrap().len() == 1).await;
    let mut jobs = jobs.into_iter();
    let first = jobs.next().unwrap();
    let second = jobs.next().unwrap();
    assert_eq!(second.cancel().await.unwrap_err().kind(), "cancelled");
    gate.add_permits(10);
    first.answer().await.unwrap();
    for job in jobs {
        job.answer().await.unwrap();
    }
    let ids: Vec<u64> = order.lock().unwrap().iter().map(|(id, _)| *id).collect();
    // All came before the engine was ready, so that speech went first from the beginning.
    let speech_first = [4, 5, 1, 3, 6];
    assert_eq!(ids, speech_first);
    assert_eq!(starts.load(Ordering::SeqCst), 1, "one engine for all");
}

/// Fails at every job, and says whether it is of any more use.
fn failing(spent: bool) -> (Launcher, Arc<AtomicUsize>) {
    played(move |mut wire| async move {
        greet(&mut wire).await;
        while let Some((job, _)) = next_job(&mut wire).await {
            let error = myna_engine::host::protocol::Failure {
                kind: "compute".into(),
                message: "the computation failed: std::bad_alloc".into(),
                hint: "Close something.".into(),
            };
            say(&mut wire, FromEngine::Failed { job, error, spent }).await;
        }
    })
}

#[tokio::test]
async fn one_that_is_spent_fails_its_job_in_its_own_words_and_gets_no_other() {
    for (spent, expected) in [(true, [1, 2, 3]), (false, [1, 1, 1])] {
        let (launcher, starts) = failing(spent);
        let (engine, _) = Engine::start(config(launcher));
        for expected in expected {
            let told = follow(engine.submit(utterance(1))).await;
            let e = told.answer.unwrap_err();
            assert_eq!(
                (e.kind(), e.to_string(), told.restarted.len()),
                (
                    "compute",
                    "the computation failed: std::bad_alloc".into(),
                    0
                )
            );
            assert_eq!(starts.load(Ordering::SeqCst), expected, "{spent}");
        }
    }
}

#[tokio::test]
async fn programs_that_are_no_engine() {
    for (program, sentence) in [
        ("true", "ended by itself (exit code 0)"),
        ("false", "ended by itself (exit code 1)"),
        ("yes", "wrote what it should not"),
        ("/no/such/program", "cannot be started"),
    ] {
        let (engine, _) = Engine::start(hurried(Link::program(program.into())));
        let message = follow(engine.submit(utterance(1)))
            .await
            .is_a_clear_end(&[]);
        assert!(message.contains(sentence), "{program}: {message}");
    }
}
