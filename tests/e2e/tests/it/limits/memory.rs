//! The memory of processes, as the system counts it.

use std::fs;

use signet_e2e::Installation;

const MIB: u64 = 1024 * 1024;

/// What a process may take beyond what it took before, in bytes: room for what the allocator keeps for later and for
/// the threads of a busy moment. A hundredfold request that were kept whole is larger.
const ROOM: u64 = 96 * MIB;

/// The memory each process of an installation took at a moment.
pub(super) struct Memory(Vec<(u32, u64)>);

impl Memory {
    /// Reads it, and begins to watch the peak.
    pub(super) fn now(installation: &Installation) -> Self {
        let of_process = |id| {
            // 5: the peak begins anew at what is in use. Source: proc(5), clear_refs.
            fs::write(format!("/proc/{id}/clear_refs"), "5").expect("a process of the test can be watched");
            (id, read(id, "VmRSS:"))
        };
        Self(
            installation
                .processes
                .iter()
                .map(|process| of_process(process.id()))
                .collect(),
        )
    }

    /// What is wrong with the peak since then, if anything.
    pub(super) fn growth(&self, what: &str) -> Option<String> {
        self.0.iter().find_map(|(id, before)| {
            let peak = read(*id, "VmHWM:");
            (peak > before + ROOM).then(|| {
                let (before, peak) = (before / MIB, peak / MIB);
                format!("{what}: memory went from {before} MiB to {peak} MiB")
            })
        })
    }
}

/// A size of a process, in bytes.
fn read(id: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kibibytes.expect("the system tells the memory of a process") * 1024
}
