//! The commands against the program's own sink, on loopback.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Parser as _;

use crate::{Cli, Command, get, ingest, sink};

/// Starts a sink on a free port; returns its address and the number of bodies it has received.
async fn start_sink() -> (String, Arc<AtomicUsize>) {
    let listener = sink::listen("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap().to_string();
    let received = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&received);
    let count = move |_: &bytes::Bytes, _| {
        counter.fetch_add(1, Ordering::SeqCst);
    };
    tokio::spawn(sink::serve(listener, Arc::new(count)));
    (addr, received)
}

fn parse(line: &str) -> Command {
    Cli::try_parse_from(line.split(' ')).unwrap().command
}

#[tokio::test]
async fn ingest_posts_each_batch_once_in_every_pass() {
    let (addr, received) = start_sink().await;
    let line = format!("load ingest --addr {addr} --alerts 10 --batch 4 --passes 2");
    let Command::Ingest(args) = parse(&line) else { panic!("not ingest: {line}") };
    ingest::run(args).await.unwrap();
    assert_eq!(received.load(Ordering::SeqCst), 6);
}

#[tokio::test]
async fn get_fails_when_the_answer_holds_other_alerts_than_expected() {
    let (addr, _) = start_sink().await;
    let line = format!("load get --addr {addr} --repeats 1 --expect 1");
    let Command::Get(args) = parse(&line) else { panic!("not get: {line}") };
    let error = get::run(args).await.unwrap_err();
    assert_eq!(error.to_string(), "0 alerts in the answer, expected 1");
}

#[tokio::test]
async fn ingest_fails_when_nobody_listens() {
    let Command::Ingest(args) = parse("load ingest --addr 127.0.0.1:1 --alerts 1") else {
        panic!("not ingest")
    };
    assert_eq!(ingest::run(args).await.unwrap_err().to_string(), "connect 127.0.0.1:1");
}
