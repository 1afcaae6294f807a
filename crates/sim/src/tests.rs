//! Each test run lives 300 worlds and every one that ever broke a promise.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn broken_of(seeds: &[u64]) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let live = || {
        let mut broken = vec![];
        while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
            broken.extend(simulate(*seed, false).broken.map(|broken| broken.to_string()));
        }
        broken
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(live)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

#[test]
fn three_hundred_worlds_keep_every_promise() {
    let seeds: Vec<u64> = (1..=300).collect();
    let broken = broken_of(&seeds);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn what_once_broke_stays_mended() {
    let broken = broken_of(&kept_seeds(include_str!("../seeds.txt")));
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_same_seed_gives_the_same_history() {
    for seed in [3, 4, 5] {
        assert_eq!(simulate(seed, true), simulate(seed, true));
    }
}
