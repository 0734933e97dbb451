//! PyTorch's CPU random stream: mt19937 and the exponential draw of its default path.
//!
//! `torch.manual_seed(seed)` then `empty(n).exponential_(1)` gives these values bit for bit on arm64 and on current
//! x86 builds (older x86 builds with MKL's generator differ). Source: ATen `CPUGeneratorImpl`,
//! `TransformationHelper.h`; checked against `tests/fixtures/sampling`.

const N: usize = 624;
const M: usize = 397;

#[derive(Clone)]
pub struct TorchStream {
    state: [u32; N],
    next: usize,
}

impl std::fmt::Debug for TorchStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TorchStream")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl TorchStream {
    /// The stream after `torch.manual_seed(seed)`; only the low 32 bits of a seed count.
    pub fn new(seed: u64) -> Self {
        let mut state = [0u32; N];
        state[0] = seed as u32;
        for i in 1..N {
            let previous = state[i - 1];
            state[i] = 1_812_433_253u32
                .wrapping_mul(previous ^ (previous >> 30))
                .wrapping_add(i as u32);
        }
        Self { state, next: N }
    }

    /// The next raw output.
    pub fn next_u32(&mut self) -> u32 {
        if self.next == N {
            self.twist();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    fn twist(&mut self) {
        for i in 0..N {
            let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % N] & 0x7fff_ffff);
            let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + M) % N] ^ (y >> 1) ^ odd;
        }
        self.next = 0;
    }

    /// `torch.rand`: one output, 24 bits.
    pub fn uniform(&mut self) -> f32 {
        (self.next_u32() & 0x00ff_ffff) as f32 * (1.0 / (1u32 << 24) as f32)
    }

    /// `exponential_(1)`: two outputs (the first is the high half), 53 bits, −log1p(−u) in f64.
    pub fn exponential(&mut self) -> f32 {
        let (high, low) = (u64::from(self.next_u32()), u64::from(self.next_u32()));
        let bits = ((high << 32) | low) & ((1 << 53) - 1);
        let u = bits as f64 * (1.0 / (1u64 << 53) as f64);
        -(-u).ln_1p() as f32
    }

    /// The next `n` exponential draws, in order.
    pub fn exponentials(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| self.exponential()).collect()
    }

    /// `torch.randn` of `n` values, `n` at least 16 (PyTorch draws fewer one by one, which nothing here needs).
    ///
    /// The values come in blocks of sixteen uniforms, the first eight of which give radii and the others angles; a last
    /// block that is not full is drawn again over the last sixteen values. ATen's `normal_fill`; its AVX2 form, which
    /// x86 builds use, differs in the last places of the logarithm and the sine (4e-7 at most, see tests/sampling.rs).
    pub fn normals(&mut self, n: usize) -> Vec<f32> {
        let mut values: Vec<f32> = (0..n.max(Self::BLOCK)).map(|_| self.uniform()).collect();
        let whole = values.len() / Self::BLOCK * Self::BLOCK;
        values[..whole]
            .chunks_exact_mut(Self::BLOCK)
            .for_each(normal_block);
        if whole < values.len() {
            let from = values.len() - Self::BLOCK;
            let last = &mut values[from..];
            last.fill_with(|| self.uniform());
            normal_block(last);
        }
        values.truncate(n);
        values
    }

    const BLOCK: usize = 16;
}

/// Box–Muller: the first half's radii with the second half's angles, cosines first.
fn normal_block(block: &mut [f32]) {
    let (first, second) = block.split_at_mut(block.len() / 2);
    for (a, b) in first.iter_mut().zip(second) {
        let radius = (-2.0 * (1.0 - *a).ln()).sqrt();
        let angle = (2.0 * std::f64::consts::PI * f64::from(*b)) as f32;
        (*a, *b) = (radius * angle.cos(), radius * angle.sin());
    }
}
