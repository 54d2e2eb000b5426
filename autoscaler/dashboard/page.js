/* global AbortSignal, document, fetch, setTimeout */

/** Looks every second at the routes beside this page and shows what it finds. Addresses are relative: a gateway is in front. */

const LOOK_EVERY_MS = 1000;
const ANSWER_WITHIN_MS = 5000;
const CHART = { decisions: 60, width: 600, height: 120, headroom: 6 };
const ROWS = 12;

const SVG = 'http://www.w3.org/2000/svg';
const byId = (id) => document.getElementById(id);

/** Writes only what changed, so that screen readers and selections are left alone. */
function show(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

const count = (value) => (value == null ? '–' : String(value));
const fixed = (value, digits, unit = '') => (value == null ? '–' : `${value.toFixed(digits)}${unit}`);

async function read(path) {
  const response = await fetch(path, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), cache: 'no-store' });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

function showStatus(status) {
  const { workers, queue, observation, info, episode } = status;
  const ready = count(workers?.ready);
  const granted = count(workers?.granted);
  const watching = status.leads ? '' : ' and only watches, without the leader’s lease';
  show('summary', `${episode.policy} is ${status.state}${watching}: ${ready} of ${granted} workers ready`);
  show('seen', info === null ? '' : `Last seen ${new Date(info.at).toLocaleTimeString()}`);
  show('ready', ready);
  show('granted', granted);
  show('desired', count(workers?.desired));
  show('mean', fixed(episode.workers.mean, 2));
  show('max', count(episode.workers.max));
  show('scaling', `${episode.scaling.up} / ${episode.scaling.down}`);
  show('drains', `${episode.drains.drained} / ${episode.drains.withdrawn}`);
  showDots(workers);

  show('qos', observation === null ? '–' : `${(observation.qosRate * 100).toFixed(1)} %`);
  byId('qos-meter').value = observation?.qosRate ?? 0;
  show('fresh', info === null || info.fresh ? '' : '(last known)');
  show('arrivals', fixed(observation?.arrivalRate, 2, ' tasks/s'));
  show('avg-time', fixed(observation?.avgTime, 2, ' s'));
  show('max-time', fixed(observation?.maxTime, 2, ' s'));
  show('service-time', fixed(info?.meanServiceS, 2, ' s'));
  show('slack', info?.oldestSlackMs == null ? '–' : fixed(info.oldestSlackMs / 1000, 1, ' s'));

  show('input', count(queue?.input));
  show('waiting', count(queue?.waiting));
  show('in-flight', count(queue?.inFlight));
  show('result', count(queue?.result));
  show('output', count(observation?.outputQueue));
  show('dead', count(queue?.deadLetters));
  byId('dead').parentElement.classList.toggle('some', (queue?.deadLetters ?? 0) > 0);
}

/** One dot a worker: full when ready, pale while it starts, empty when it was asked for and not granted. */
function showDots(workers) {
  const dots = byId('dots');
  const { ready = 0, granted = 0, desired = 0 } = workers ?? {};
  const kinds = Array.from({ length: Math.max(ready, granted, desired) }, (_, i) =>
    i < ready ? 'ready' : i < granted ? 'granted' : 'asked',
  );
  if (dots.dataset.kinds === kinds.join()) return;
  dots.dataset.kinds = kinds.join();
  dots.replaceChildren(...kinds.map((kind) => element('i', '', kind)));
}

function showProblems(problems) {
  const lines = Object.entries(problems).map(([part, { because }]) => `${part}: ${because}`);
  const list = byId('problems');
  if (list.dataset.lines === lines.join('\n')) return;
  list.dataset.lines = lines.join('\n');
  list.replaceChildren(...lines.map((line) => element('li', line)));
  list.hidden = lines.length === 0;
}

function element(name, text, className = '') {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

function showDecisions(decisions) {
  const newest = decisions[0];
  const table = byId('decisions');
  const shown = newest === undefined ? '' : `${newest.at} ${decisions.map(({ outcome }) => outcome).join()}`;
  if (table.dataset.shown === shown) return;
  table.dataset.shown = shown;
  table.replaceChildren(...decisions.slice(0, ROWS).map(decisionRow));
  showChart([...decisions].reverse());
}

function decisionRow(decision) {
  const row = document.createElement('tr');
  row.role = 'row';
  const before = decision.observation?.[4] ?? null;
  const after = decision.granted;
  const change = before === after ? count(after) : `${count(before)} → ${count(after)}`;
  const said = document.createElement('td');
  said.append(element('span', decision.outcome, `outcome ${decision.outcome}`));
  said.append(element('span', decision.because, 'reason'));
  row.append(element('td', new Date(decision.at).toLocaleTimeString()), element('td', change), said);
  for (const cell of row.cells) cell.role = 'cell';
  return row;
}

/** Waiting tasks as an area and workers as steps, each on its own scale, oldest on the left. */
function showChart(decisions) {
  const seen = decisions.filter(({ observation }) => observation !== null);
  const svg = byId('chart');
  if (seen.length === 0) return;
  const waiting = seen.map(({ observation }) => observation[1]);
  const workers = seen.map(({ observation }) => observation[4]);
  const x = (i) => ((i / Math.max(1, CHART.decisions - 1)) * CHART.width).toFixed(1);
  const scale = (values) => {
    const most = Math.max(1, ...values);
    return (value) => (CHART.height - (value / most) * (CHART.height - CHART.headroom)).toFixed(1);
  };
  const yWaiting = scale(waiting);
  const yWorkers = scale(workers);
  const top = waiting.map((value, i) => `L${x(i)} ${yWaiting(value)}`).join('');
  const area = `M0 ${CHART.height}${top}L${x(seen.length - 1)} ${CHART.height}Z`;
  const steps = workers.map((value, i) => (i === 0 ? `M0 ${yWorkers(value)}` : `H${x(i)}V${yWorkers(value)}`)).join('');
  svg.replaceChildren(path(area, 'waiting'), path(steps, 'workers'));
  svg.setAttribute(
    'aria-label',
    `The last ${seen.length} decisions: ${Math.min(...workers)} to ${Math.max(...workers)} workers, ` +
      `up to ${Math.max(...waiting)} waiting tasks`,
  );
}

function path(d, className) {
  const made = document.createElementNS(SVG, 'path');
  made.setAttribute('d', d);
  made.setAttribute('class', className);
  return made;
}

async function look() {
  try {
    const [status, { decisions }] = await Promise.all([read('status'), read(`decisions?limit=${CHART.decisions}`)]);
    showStatus(status);
    showProblems(status.problems);
    showDecisions(decisions);
    byId('main').setAttribute('aria-busy', 'false');
  } catch (error) {
    byId('main').setAttribute('aria-busy', 'true');
    showProblems({ 'this page': { because: `the autoscaler does not answer (${error.message}); trying again` } });
  }
}

for (;;) {
  if (!document.hidden) await look();
  await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}
