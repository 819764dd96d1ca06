//! Every crash point of every handler: what is done is stopped after each of its effects in turn, or that effect fails before or after it
//! happened, alone or with the next one, or everybody else goes on before it; or all of the application dies there, with whatever is under
//! way. Then the world calms down and every invariant is asked for.

mod acts;
mod crowd;

use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

use acts::Act;
use domain::ConsentPolicy;
use testkit::{Kv, Model};

use crate::check;
use crate::clients::{Customer, spawn};
use crate::executor::Executor;
use crate::history::{PROVIDERS, calm_down, configuration, furnish, open_account};
use crate::takedowns::Decision;
use crate::world::{BEGINNING, Mishap, Plan, World};

/// Effects of one handler, more than any has.
const EFFECTS_MAX: usize = 500;

/// How many fewer of the points of many at once a first look takes.
const FEWER_OF_MANY: usize = 8;

/// What is done, and which of the processes it takes is hit.
struct Scenario {
    name: &'static str,
    /// Part of method and path of the request that is hit.
    path: &'static str,
    act: Act,
}

/// When a deletion finds a generation that was just begun; one that was just delivered; one whose callback stands still; and one that is over.
const DELETED_AFTER_MS: [i64; 4] = [20, 8_020, 20_000, 60_000];

/// A character that is taken down while a generation of it is under way, or after it.
const fn taken_down(after_ms: i64, decision: Decision) -> Act {
    Act::TakeDown { after_ms, decision }
}

static SCENARIOS: [Scenario; 57] = [
    Scenario { name: "create", path: "/characters/create", act: Act::Create { named: false } },
    Scenario { name: "create, sent again", path: "/characters/create", act: Act::Create { named: true } },
    Scenario { name: "references", path: "/characters/create", act: Act::Keep { named: false } },
    Scenario { name: "references, sent again", path: "/characters/create", act: Act::Keep { named: true } },
    Scenario { name: "generate by references", path: "/generate", act: Act::Picture },
    Scenario { name: "training later", path: "/train", act: Act::TrainLater { named: false } },
    Scenario { name: "training later, sent again", path: "/train", act: Act::TrainLater { named: true } },
    Scenario { name: "callback of a training later", path: "/webhooks/", act: Act::TrainLater { named: false } },
    Scenario { name: "generate", path: "/generate", act: Act::Generate { named: false, polls: false } },
    Scenario { name: "generate, sent again", path: "/generate", act: Act::Generate { named: true, polls: false } },
    Scenario { name: "generate for a poll", path: "/generate", act: Act::Generate { named: true, polls: true } },
    Scenario { name: "callback of a training", path: "/webhooks/", act: Act::TrainedCallback },
    Scenario { name: "callback of a generation", path: "/webhooks/", act: Act::GeneratedCallback },
    Scenario { name: "poll of a task", path: "/tasks/", act: Act::PollTask },
    Scenario { name: "poll of a character", path: "/characters/char_", act: Act::PollCharacter },
    Scenario { name: "grant", path: "/grants", act: Act::Grant },
    Scenario { name: "adjustment", path: "/adjustments", act: Act::Adjust },
    Scenario { name: "opening of an account", path: "/admin/accounts", act: Act::Open },
    Scenario { name: "sweep", path: "/reconcile", act: Act::Sweep },
    Scenario { name: "run", path: "/v1/generate", act: Act::Run { named: false } },
    Scenario { name: "run, sent again", path: "/v1/generate", act: Act::Run { named: true } },
    Scenario { name: "callback of a run", path: "/webhooks/", act: Act::Run { named: false } },
    Scenario { name: "poll of a run", path: "/tasks/", act: Act::PollRun },
    Scenario { name: "task canceled", path: "/cancel", act: Act::Cancel },
    Scenario { name: "deletion with a training", path: "DELETE", act: Act::DeleteTraining },
    Scenario { name: "deletion at once", path: "DELETE", act: Act::Delete { after_ms: DELETED_AFTER_MS[0] } },
    Scenario {
        name: "deletion, delivered meanwhile",
        path: "DELETE",
        act: Act::Delete { after_ms: DELETED_AFTER_MS[1] },
    },
    Scenario { name: "deletion of what is over", path: "DELETE", act: Act::Delete { after_ms: DELETED_AFTER_MS[3] } },
    Scenario {
        name: "generate, deleted meanwhile",
        path: "/generate",
        act: Act::Delete { after_ms: DELETED_AFTER_MS[0] },
    },
    Scenario {
        name: "callback, deleted meanwhile",
        path: "/webhooks/",
        act: Act::Delete { after_ms: DELETED_AFTER_MS[1] },
    },
    Scenario {
        name: "callback, deleted while it stands still",
        path: "/webhooks/",
        act: Act::Delete { after_ms: DELETED_AFTER_MS[2] },
    },
    Scenario { name: "agreement", path: "POST /consent/", act: Act::Agree { taken_back_after_ms: None } },
    Scenario {
        name: "taken back, a training",
        path: "POST /consent/",
        act: Act::Agree { taken_back_after_ms: Some(1_000) },
    },
    Scenario {
        name: "callback, taken back, a training",
        path: "/webhooks/",
        act: Act::Agree { taken_back_after_ms: Some(400_000) },
    },
    Scenario {
        name: "taken back at once",
        path: "POST /consent/",
        act: Act::Withdraw { after_ms: DELETED_AFTER_MS[0] },
    },
    Scenario {
        name: "taken back, delivered meanwhile",
        path: "POST /consent/",
        act: Act::Withdraw { after_ms: DELETED_AFTER_MS[1] },
    },
    Scenario {
        name: "taken back, what is over",
        path: "POST /consent/",
        act: Act::Withdraw { after_ms: DELETED_AFTER_MS[3] },
    },
    Scenario {
        name: "generate, taken back meanwhile",
        path: "/generate",
        act: Act::Withdraw { after_ms: DELETED_AFTER_MS[0] },
    },
    Scenario {
        name: "callback, taken back meanwhile",
        path: "/webhooks/",
        act: Act::Withdraw { after_ms: DELETED_AFTER_MS[1] },
    },
    Scenario { name: "takedown at once", path: "/takedown", act: taken_down(DELETED_AFTER_MS[0], Decision::Erase) },
    Scenario {
        name: "takedown, delivered meanwhile",
        path: "/takedown",
        act: taken_down(DELETED_AFTER_MS[1], Decision::Erase),
    },
    Scenario { name: "takedown, lifted", path: "/takedown", act: taken_down(DELETED_AFTER_MS[3], Decision::Lift) },
    Scenario {
        name: "takedown, left to the sweep",
        path: "/takedown",
        act: taken_down(DELETED_AFTER_MS[3], Decision::None),
    },
    Scenario { name: "takedown with a training", path: "/takedown", act: Act::TakeDownTraining },
    Scenario {
        name: "generate, taken down meanwhile",
        path: "/generate",
        act: taken_down(DELETED_AFTER_MS[0], Decision::None),
    },
    Scenario {
        name: "callback, taken down meanwhile",
        path: "/webhooks/",
        act: taken_down(DELETED_AFTER_MS[1], Decision::None),
    },
    Scenario { name: "training, taken down meanwhile", path: "/characters/create", act: Act::TakeDownTraining },
    Scenario { name: "message sent again", path: "/reconcile", act: Act::TellAgain },
    Scenario { name: "outage at a creation", path: "/characters/create", act: Act::Crowd },
    Scenario { name: "outage at a training later", path: "/train", act: Act::Crowd },
    Scenario { name: "outage at a generation", path: "/generate", act: Act::Crowd },
    Scenario { name: "outage at a run", path: "/v1/generate", act: Act::Crowd },
    Scenario { name: "outage at a callback", path: "/webhooks/", act: Act::Crowd },
    Scenario { name: "outage at a poll", path: "GET /api/v1/tasks/", act: Act::Crowd },
    Scenario { name: "outage at a cancellation", path: "/cancel", act: Act::Crowd },
    Scenario { name: "outage at a deletion", path: "DELETE", act: Act::Crowd },
    Scenario { name: "outage at a sweep", path: "/reconcile", act: Act::Crowd },
];

/// What may happen at a crash point.
const MISHAPS: [Mishap; 5] = [Mishap::Crash, Mishap::FailBefore, Mishap::FailAfter, Mishap::GoAway, Mishap::Stall];

/// What may happen in this scenario on this store: what takes time is the same on every one.
fn mishaps(scenario: &Scenario, model: Model) -> Vec<Mishap> {
    if matches!(scenario.act, Act::Crowd) {
        return vec![Mishap::Outage];
    }
    let takes_time = |mishap: &Mishap| matches!(mishap, Mishap::GoAway | Mishap::Stall);
    MISHAPS.into_iter().filter(|mishap| model == Model::Sqlite || !takes_time(mishap)).collect()
}

/// A crash point that broke something.
#[derive(Debug)]
pub struct Found {
    /// Where it was.
    pub place: String,
    /// What it broke.
    pub broken: Vec<String>,
}

/// What came of crash points.
#[derive(Debug, Default)]
pub struct Points {
    /// How many there were.
    pub count: usize,
    /// Those that broke something.
    pub found: Vec<Found>,
    /// The most requests that one outage ended.
    pub at_once: usize,
}

impl Points {
    fn and(mut self, more: Self) -> Self {
        self.count += more.count;
        self.found.extend(more.found);
        self.at_once = self.at_once.max(more.at_once);
        self
    }
}

/// Goes through the crash points on these stores: all of them, or every so many of a handler's. As many threads as there are cores take one
/// tour after the other.
pub fn enumerate(models: &[Model], every: usize) -> Points {
    let tours: Vec<Tour> = tours(models, every).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut points = Points::default();
        while let Some(tour) = tours.get(next.fetch_add(1, Ordering::Relaxed)) {
            points = points.and(tour.points());
        }
        points
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let died = |_| {
        let found = vec![Found { place: "a thread panicked".to_owned(), broken: Vec::new() }];
        Points { found, ..Points::default() }
    };
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let shares = handles.into_iter().map(|handle| handle.join().unwrap_or_else(died));
        shares.fold(Points::default(), Points::and)
    })
}

/// A crash point on this store that breaks something, looked for on this thread.
pub fn first(model: Model) -> Option<Found> {
    tours(&[model], 1).find_map(|tour| tour.points().found.into_iter().next())
}

/// The crash points of one scenario, in one world.
struct Tour {
    scenario: &'static Scenario,
    providers: &'static str,
    model: Model,
    /// The first effect that is hit.
    from: usize,
    /// How many effects further the next one is.
    step: usize,
}

/// Every scenario with every choice of providers on every store. What many do at once takes as long as thirty others, so each of its effects
/// is hit in one of these worlds, one after the other.
fn tours(models: &[Model], every: usize) -> impl Iterator<Item = Tour> {
    let worlds: Vec<_> =
        PROVIDERS.iter().flat_map(|providers| models.iter().map(move |model| (*providers, *model))).collect();
    let (count, every_of_many) = (worlds.len(), if every > 1 { every.saturating_mul(FEWER_OF_MANY) } else { every });
    // A first look begins when everybody has.
    let first = every.saturating_sub(1);
    SCENARIOS.iter().flat_map(move |scenario| {
        let of_many = matches!(scenario.act, Act::Crowd);
        let tour = move |(n, (providers, model)): (usize, (&'static str, Model))| {
            let (from, step) = if of_many { (first + n * every_of_many, count * every_of_many) } else { (0, every) };
            Tour { scenario, providers, model, from, step }
        };
        worlds.clone().into_iter().enumerate().map(tour)
    })
}

impl Tour {
    fn points(&self) -> Points {
        let mut points = Points::default();
        for mishap in mishaps(self.scenario, self.model) {
            for effect in (self.from..EFFECTS_MAX).step_by(self.step) {
                let Some(point) = live(self.scenario, self.providers, self.model, mishap, effect) else { break };
                points = points.and(point);
            }
        }
        points
    }
}

/// Lives through a scenario with one mishap. Nothing where it did not happen.
fn live(scenario: &Scenario, providers: &str, model: Model, mishap: Mishap, effect: usize) -> Option<Points> {
    let mut configuration = configuration(10, providers);
    if matches!(scenario.act, Act::Agree { .. }) {
        configuration.consent_policy = ConsentPolicy::Confirmed;
    }
    let world = World::new(7, Kv::new(model), configuration, false);
    furnish(&world);
    let plan = Plan { path: scenario.path, effect, mishap, done: false };
    let mut executor = Executor::new(world.clone());
    let customers = if matches!(scenario.act, Act::Crowd) {
        let customers = crowd::gather(&world, &mut executor);
        *world.plan.borrow_mut() = Some(plan);
        customers
    } else {
        *world.plan.borrow_mut() = Some(plan);
        vec![alone(&world, scenario.act)]
    };
    executor.run(BEGINNING + 3_600_000, usize::MAX / 2);
    let hit = world.plan.borrow().as_ref().is_some_and(|plan| plan.done || plan.mishap != mishap);
    if !hit {
        return None;
    }
    // What was hit once is not hit again by the sweeps of a calm world, and who went away is back.
    world.plan.take();
    calm_down(&world, &mut executor, &customers);
    let broken = check::invariants(&world);
    let place = format!("{}, {providers}, {model:?}, {mishap:?} at effect {effect}", scenario.name);
    let found = if broken.is_empty() { Vec::new() } else { vec![Found { place, broken }] };
    let at_once = world.evidence.borrow().hit_at_once;
    Some(Points { count: 1, found, at_once })
}

/// A customer who does this, and the operator.
fn alone(world: &Rc<World>, act: Act) -> Customer {
    let customer = open_account(world, &mut fastrand::Rng::with_seed(LONG_LEDGER));
    world.gpu.borrow_mut().is_mute = matches!(act, Act::PollTask | Act::PollRun | Act::PollCharacter | Act::Sweep);
    let (own, asks) = (world.clone(), customer.clone());
    spawn(world, async move { acts::perform(&own, &asks, act).await });
    customer
}

/// The seed of an account that is rich and whose ledger is about to be archived.
const LONG_LEDGER: u64 = 3;
