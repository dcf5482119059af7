use std::process::Command;

use serde_json::Value;

/// A short run: the figures mean nothing, but every call was answered with 200 and every delivery arrived.
#[test]
fn the_bench_runs_to_its_end_and_tells_its_figures() {
    let run = Command::new(env!("CARGO_BIN_EXE_link-sandbox")).args(["bench", "--calls", "60", "--deliveries", "20"]).output().unwrap();
    let (told, wrong) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{wrong}");
    let last: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
    assert_eq!(last["deliveries"]["undelivered"], 0, "{told}");
    for kind in last["calls"].as_array().unwrap() {
        assert!(kind["per_second"].as_f64().unwrap() > 0.0, "{told}");
    }
    if cfg!(target_os = "linux") {
        assert!(last["resident_kib"]["after_calls"].as_u64().unwrap() > 0, "{told}");
    }
}
