import { Feed } from './data/feed.js';
import { Sampler } from './data/sample.js';
import { Comparison } from './view/comparison.js';
import { FarmCharts } from './view/charts.js';
import { Decisions } from './view/decisions.js';
import { byId, setText } from './view/dom.js';
import { Models } from './view/models.js';
import { PolicyPanel } from './view/policy.js';
import { Problems } from './view/problems.js';
import { RunForm } from './view/run-form.js';
import { Runs } from './view/runs.js';
import { soon } from './view/soon.js';
import { switchThemes } from './view/theme-switch.js';
import { Tiles } from './view/tiles.js';
import { TokenDialog } from './view/token-dialog.js';
import { Workload } from './view/workload.js';

/** The page: what the feed tells goes to the views, what is pressed goes to the routes, and then the feed is asked again. */

const tokens = new TokenDialog();
const tiles = new Tiles();
const charts = new FarmCharts();
const decisions = new Decisions();
const problems = new Problems();
const comparison = new Comparison();
const sampler = new Sampler();
const policy = new PolicyPanel({ tokens, changed: () => feed.refresh() });
const models = new Models({ tokens, policy });
const workload = new Workload({ tokens, policy: () => policy.live, started: () => feed.refresh() });
const runForm = new RunForm({
  tokens,
  async started(id) {
    await runs.refresh();
    await runs.open(id);
  },
});
const runs = new Runs({
  tokens,
  said: runForm.said,
  promote: (id) => models.promote(id),
  compared: (result) => comparison.show(result),
});

const now = { status: null, policy: null, connection: { state: 'connecting', because: null } };
let shadowProposes = null;

function look(sighting) {
  const sample = sampler.sample({ ...sighting, proposed: shadowProposes });
  if (sample !== null) charts.add(sample);
}

function showDecision(decision) {
  shadowProposes = decision.shadow?.replicas ?? null;
  decisions.add(decision);
}

function showProblems() {
  problems.show({ ...now, atMs: now.status?.at ?? Date.now() });
}

const drawCharts = soon(() => charts.update());
const showDecisions = soon(() => decisions.show());

const feed = new Feed({
  decisions(list) {
    for (const decision of list) {
      showDecision(decision);
      look({ values: decision.observation, info: decision.info });
    }
    showDecisions();
    drawCharts();
  },
  status(status) {
    now.status = status;
    look(status);
    drawCharts();
    tiles.show(status);
    policy.showState(status);
    showProblems();
    const { episode, workers, state } = status;
    const ready = workers === null ? '' : `, ${workers.ready} of ${workers.granted} workers ready`;
    setText(byId('summary'), `${episode.policy} is ${state}${ready}`);
    byId('main').setAttribute('aria-busy', 'false');
  },
  event: {
    observation(sighting) {
      look(sighting);
      drawCharts();
    },
    decision(decision) {
      showDecision(decision);
      showDecisions();
    },
    policy(reading) {
      now.policy = reading;
      policy.show(reading);
    },
    run: (moved) => runs.update(moved),
  },
  connection(connection) {
    const { state } = connection;
    if (state !== now.connection.state) {
      byId('connection').dataset.state = state;
      setText(byId('connection'), state);
    }
    now.connection = connection;
    showProblems();
    if (state === 'lost') byId('main').setAttribute('aria-busy', 'true');
  },
});

switchThemes(() => charts.restyle());
feed.start();

/** What changes rarely is asked for at the start and every few seconds while somebody looks. */
const SLOW_MS = 5_000;
const quietly = (work) => work.catch(() => undefined);

async function offer() {
  const [agents, workloads] = await Promise.all([policy.loadNames(), workload.load()]);
  runForm.offer({ agents, workloads });
}

let offered = false;
for (;;) {
  if (!document.hidden) {
    if (!offered)
      await offer()
        .then(() => (offered = true))
        .catch(() => undefined);
    await Promise.all([
      quietly(workload.refresh()),
      quietly(runs.refresh()),
      quietly(models.refresh()),
      quietly(policy.refreshShadow()),
    ]);
  }
  await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
}
