//! A server that is told to stop does so, and soon.

use std::time::{Duration, Instant};

use stentor_e2e::sink::Sink;
use stentor_e2e::site::Site;
use stentor_e2e::turn::beside;
use stentor_e2e::wait::until;

use crate::plans;

/// A message on its way has this long to arrive, and a live page to be closed.
const STOPS_WITHIN: Duration = Duration::from_secs(8);

#[test]
fn sigterm_ends_the_server_and_loses_nothing() {
    beside(async {
        let sink = Sink::start(vec![1_000]).await;
        let mut site = Site::new(plans::NOBODY_PAGED, &plans::to_webhook(sink.port));
        let mut server = site.start().await;
        // A live page never ends by itself.
        let live = server.http.get(server.at("/live")).bearer_auth(&server.token);
        let live = live.send().await.unwrap();
        assert_eq!(live.status(), 200);
        server.fire(&[("alertname", "OnItsWay")]).await;
        until("the message is on its way", 10, async || sink.received().pop()).await;

        let began = Instant::now();
        server.process.signal("TERM");
        until("the server ends", 15, async || server.process.has_ended()).await;
        assert!(began.elapsed() < STOPS_WITHIN, "it took {:?}", began.elapsed());

        // The answer that came while it stopped is known: the message is not sent again.
        let server = site.start().await;
        let deliveries = server.items("/api/v1/deliveries").await;
        assert_eq!(deliveries.len(), 1, "{deliveries:?}");
        assert_eq!(deliveries[0]["state"], "sent", "{deliveries:?}");
        assert_eq!(sink.received().len(), 1);
    });
}
