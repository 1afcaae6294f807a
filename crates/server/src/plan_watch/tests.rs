use std::fs;
use std::sync::mpsc::sync_channel;

use jiff::SignedDuration;
use stentor_domain::alert::Signal;
use stentor_domain::id::Ids;
use stentor_engine::Input;
use stentor_web::desk::Ask;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

/// A server that is told to read its configuration again, with an alert that fires.
struct House {
    folder: TempDir,
    desk: Desk,
    in_force: watch::Receiver<Arc<InForce>>,
    told: mpsc::Sender<Reload>,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = PlanSource::File(folder.path().join("am.yml"));
        write(&folder, "alertname");
        let mut db = Db::open("sqlite::memory:").unwrap();
        let first = first(&source, &mut db, at(0)).unwrap();
        let mut seed = 0;
        let ids = Ids::new(move || {
            seed += 1;
            seed
        });
        let mut engine = Engine::open(db, Arc::clone(&first.plan), "", ids, at(0)).unwrap();
        let signal = Signal {
            labels: [("alertname", "Slow"), ("team", "a")].into_iter().collect(),
            ends_at: Some(at(0) + SignedDuration::from_hours(1)),
            ..Signal::default()
        };
        for answer in engine.step(&[Input::Signals(vec![signal])], at(0)) {
            answer.unwrap();
        }
        let (asks_in, asks) = sync_channel(8);
        std::thread::spawn(move || {
            for ask in asks {
                let Ask::Call(call) = ask else { panic!("nobody asks for a decision") };
                call(&mut engine, at(1));
            }
        });
        let (told, reloads) = mpsc::channel(1);
        let (in_force_in, in_force) = watch::channel(Arc::new(first));
        let desk = Desk::new(asks_in);
        let watch = PlanWatch {
            source,
            desk: desk.clone(),
            transport: Transport::new(&[]).unwrap(),
            door: Door::open(None).unwrap(),
            in_force: in_force_in,
            look_now: Arc::default(),
            reloads,
        };
        tokio::spawn(watch.run());
        Self { folder, desk, in_force, told }
    }

    async fn reload(&self) -> Result<(), String> {
        let (sender, answer) = oneshot::channel();
        self.told.send(sender).await.unwrap();
        answer.await.unwrap()
    }

    async fn run(&self, sql: &'static str) {
        self.desk.call(|engine, _| engine.db().execute(sql, &[])).await.unwrap();
    }

    /// Returns by what the engine groups, how many revisions there are, and which is said to be in force.
    async fn stands(&self) -> (String, usize, i64) {
        let ask = |engine: &mut Engine, _| {
            let plan = Arc::clone(engine.plan());
            Ok((plan, plan_revisions::list(engine.db(), None, 10)?.len()))
        };
        let (plan, revisions) = self.desk.call(ask).await.unwrap();
        let labels = [("alertname", "Slow"), ("team", "a")].into_iter().collect();
        let group = plan.routes.nodes[0].group(&labels);
        let by: Vec<&str> = group.labels.iter().map(|(name, _)| name).collect();
        (by.join(" "), revisions, self.in_force.borrow().number)
    }
}

fn write(folder: &TempDir, by: &str) {
    let text = format!("route: {{receiver: a, group_by: [{by}]}}\nreceivers: [{{name: a}}]\n");
    fs::write(folder.path().join("am.yml"), text).unwrap();
}

#[tokio::test]
async fn a_plan_that_cannot_be_applied_is_no_revision() {
    let house = House::new();
    let refusal = "create trigger refusal before update of group_ids on alerts
        begin select raise(abort, 'refused'); end";
    house.run(refusal).await;
    for by in ["team", "alertname, team"] {
        write(&house.folder, by);
        house.reload().await.unwrap_err();
        assert_eq!(house.stands().await, ("alertname".to_owned(), 1, 1));
    }
    house.run("drop trigger refusal").await;
    house.reload().await.unwrap();
    assert_eq!(house.stands().await, ("alertname team".to_owned(), 2, 2));
}

#[tokio::test]
async fn a_plan_that_cannot_be_recorded_is_recorded_later() {
    let house = House::new();
    let refusal = "create trigger refusal before insert on plan_revisions
        begin select raise(abort, 'refused'); end";
    house.run(refusal).await;
    write(&house.folder, "team");
    for _ in 0..2 {
        let why = house.reload().await.unwrap_err();
        assert!(why.starts_with("the plan is followed, and cannot be recorded yet"), "{why}");
        assert_eq!(house.stands().await, ("team".to_owned(), 1, 1));
    }
    house.run("drop trigger refusal").await;
    house.reload().await.unwrap();
    assert_eq!(house.stands().await, ("team".to_owned(), 2, 2));
}
