//! Times a codec: `cargo run --release -p myna-models --example mimi_bench -- [CODEC] [ROUNDS]`.
//!
//! Without a codec it measures one of full size with random weights. Prints milliseconds per frame for streamed
//! steps of 1 and 8 frames and for encoding: best and median on the clock, and processor time, which a busy machine
//! disturbs less (Linux only); then the peak memory of arrays.

use mlx_rs::Dtype;
use myna_models::backend::{Precision, device_name, peak_memory};
use myna_models::mimi::{Codes, Mimi, genuine};
use myna_models::weights::write_random;
use std::path::PathBuf;
use std::time::Instant;

/// Frames per round: the window of 125 frames is filled and left behind.
const FRAMES: usize = 160;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let dir = tempfile::tempdir()?;
    let path = match args.next() {
        Some(path) => PathBuf::from(path),
        None => {
            let path = dir.path().join("tokenizer-random.safetensors");
            write_random(&path, &Mimi::specs(&genuine()), Dtype::Float32, None, "", 1)?;
            path
        }
    };
    let rounds: usize = args.next().map_or(Ok(3), |n| n.parse())?;

    let start = Instant::now();
    let mut mimi = Mimi::load(&path, Precision::for_device()?)?;
    println!(
        "device {}, loading {:.0} ms",
        device_name()?,
        start.elapsed().as_secs_f64() * 1e3
    );
    println!("peak after loading {} MB", peak_memory()? >> 20);

    let (k, size) = (mimi.codebooks(), mimi.codebook_size() as i32);
    let frames: Vec<Vec<i32>> = (0..FRAMES as i32)
        .map(|t| (0..k as i32).map(|q| (t * 977 + q * 131) % size).collect())
        .collect();
    for step in [1, 8] {
        let (mut times, busy) = (Vec::new(), processor_ms());
        for _ in 0..rounds {
            mimi.reset_decoder();
            for chunk in frames.chunks(step) {
                let codes = Codes::from_frames(chunk)?;
                let start = Instant::now();
                mimi.decode_step(&codes)?;
                times.push(start.elapsed().as_secs_f64() * 1e3 / chunk.len() as f64);
            }
        }
        let busy = processor_ms() - busy;
        report(
            &format!("decode, {step} at a time"),
            times,
            busy / (rounds * FRAMES) as f64,
        );
    }
    println!("peak after decoding {} MB", peak_memory()? >> 20);

    let samples: Vec<f32> = (0..40 * mimi.frame_samples())
        .map(|i| (i as f32 * 0.05).sin() * 0.3)
        .collect();
    let (mut times, busy) = (Vec::new(), processor_ms());
    for _ in 0..rounds {
        let start = Instant::now();
        mimi.encode(&samples, k)?;
        times.push(start.elapsed().as_secs_f64() * 1e3 / 40.0);
    }
    let busy = processor_ms() - busy;
    report("encode", times, busy / (rounds * 40) as f64);
    println!("peak {} MB", peak_memory()? >> 20);
    Ok(())
}

/// Time that all threads have spent on a processor.
fn processor_ms() -> f64 {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else {
        return 0.0;
    };
    tasks
        .filter_map(|task| {
            let stat = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            stat.split(' ').next()?.parse::<f64>().ok()
        })
        .sum::<f64>()
        / 1e6
}

fn report(what: &str, mut times: Vec<f64>, busy: f64) {
    times.sort_by(f64::total_cmp);
    let (best, median) = (times[0], times[times.len() / 2]);
    println!("{what}: best {best:.1} ms, median {median:.1} ms, processor {busy:.1} ms per frame");
}
