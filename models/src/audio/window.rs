//! Analysis windows.

/// The periodic Hann window, `0.5 − 0.5 cos(2πi / n)`: what PyTorch and librosa take for an STFT.
pub fn hann_periodic(n: usize) -> Vec<f32> {
    let turn = 2.0 * std::f64::consts::PI / n as f64;
    (0..n)
        .map(|i| (0.5 - 0.5 * (turn * i as f64).cos()) as f32)
        .collect()
}
