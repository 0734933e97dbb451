//! Times a codec: `cargo run --release -p myna-models --example mimi_bench -- [CODEC] [ROUNDS]`.
//!
//! Without a codec it measures one of full size with random weights. Prints milliseconds per frame (best and
//! median of the rounds) for streamed steps of 1 and 8 frames and for encoding, and the peak memory of arrays.

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
        let mut times = Vec::new();
        for _ in 0..rounds {
            mimi.reset_decoder();
            for chunk in frames.chunks(step) {
                let codes = Codes::from_frames(chunk)?;
                let start = Instant::now();
                mimi.decode_step(&codes)?;
                times.push(start.elapsed().as_secs_f64() * 1e3 / chunk.len() as f64);
            }
        }
        report(&format!("decode, {step} at a time"), times);
    }
    println!("peak after decoding {} MB", peak_memory()? >> 20);

    let samples: Vec<f32> = (0..40 * mimi.frame_samples())
        .map(|i| (i as f32 * 0.05).sin() * 0.3)
        .collect();
    let mut times = Vec::new();
    for _ in 0..rounds {
        let start = Instant::now();
        mimi.encode(&samples, k)?;
        times.push(start.elapsed().as_secs_f64() * 1e3 / 40.0);
    }
    report("encode", times);
    println!("peak {} MB", peak_memory()? >> 20);
    Ok(())
}

fn report(what: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    println!(
        "{what}: best {:.1} ms, median {:.1} ms per frame",
        times[0],
        times[times.len() / 2]
    );
}
