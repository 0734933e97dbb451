//! The machine under the program: name, memory, how fast memory is read. For reports and benchmarks.

use std::path::Path;
use std::time::{Duration, Instant};
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Machine {
    pub cpu: String,
    pub cores: usize,
    /// `cpu` or `gpu`: where MLX computes.
    pub device: &'static str,
    pub os: String,
    pub memory_bytes: u64,
    pub myna: &'static str,
    /// `release` or `debug`; figures of a debug build mean nothing.
    pub build: &'static str,
}

impl Machine {
    pub fn here() -> crate::Result<Self> {
        let system = System::new_with_specifics(
            RefreshKind::nothing()
                .with_cpu(CpuRefreshKind::nothing())
                .with_memory(MemoryRefreshKind::nothing().with_ram()),
        );
        let cpu = system.cpus().first().map(|c| c.brand().trim().to_owned());
        Ok(Self {
            cpu: cpu
                .filter(|c| !c.is_empty())
                .unwrap_or_else(|| std::env::consts::ARCH.into()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            device: myna_models::backend::device_name()?,
            os: System::long_os_version().unwrap_or_else(|| std::env::consts::OS.into()),
            memory_bytes: system.total_memory(),
            myna: crate::VERSION,
            build: if cfg!(debug_assertions) {
                "debug"
            } else {
                "release"
            },
        })
    }
}

/// Bytes of memory in this machine; 0 where the system does not tell.
pub fn total_memory() -> u64 {
    let memory = MemoryRefreshKind::nothing().with_ram();
    System::new_with_specifics(RefreshKind::nothing().with_memory(memory)).total_memory()
}

/// The most memory this process has held so far, in bytes; None where the system does not tell.
pub fn peak_memory() -> Option<u64> {
    // Linux says it in a file; `getrusage` there counts what the parent process held before.
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        return Some(kib * 1024);
    }
    use nix::sys::resource::{UsageWho, getrusage};
    let peak = getrusage(UsageWho::RUSAGE_SELF).ok()?.max_rss();
    u64::try_from(peak).ok()
}

/// Processor time of this process so far, all threads together.
pub fn cpu_time() -> Option<Duration> {
    use nix::sys::resource::{UsageWho, getrusage};
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let time = |t: nix::sys::time::TimeVal| {
        let (seconds, micros) = (
            u64::try_from(t.tv_sec()).ok()?,
            u64::try_from(t.tv_usec()).ok()?,
        );
        Some(Duration::from_secs(seconds) + Duration::from_micros(micros))
    };
    Some(time(usage.user_time())? + time(usage.system_time())?)
}

/// Processor time of the calling thread so far: what it computed itself, without waiting for anybody.
pub fn thread_cpu_time() -> Option<Duration> {
    use nix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).ok()?;
    Some(time.into())
}

/// Bytes per second that one thread reads from memory: the best of several passes over more than any cache holds.
pub fn read_bandwidth() -> f64 {
    const BYTES: usize = 128 << 20;
    const PASSES: usize = 6;
    // Comparing equal buffers reads both to the end, with the C library's widest instructions even in a debug build.
    let (a, b) = (vec![1u8; BYTES], vec![1u8; BYTES]);
    let mut best = Duration::MAX;
    for _ in 0..PASSES {
        let begin = Instant::now();
        std::hint::black_box(std::hint::black_box(&a) == std::hint::black_box(&b));
        best = best.min(begin.elapsed());
    }
    (2 * BYTES) as f64 / best.as_secs_f64()
}

/// Bytes that may still be written where `path` is or would be; None where the system does not tell.
pub fn free_space(path: &Path) -> Option<u64> {
    let there = path.ancestors().find(|p| p.exists())?;
    let stat = nix::sys::statvfs::statvfs(there).ok()?;
    // The widths of these numbers differ between systems.
    #[allow(clippy::unnecessary_cast, clippy::useless_conversion)]
    Some(u64::from(stat.blocks_available()) * stat.fragment_size() as u64)
}
