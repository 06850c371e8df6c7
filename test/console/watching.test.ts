import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drillRunner } from '../../packages/cli/src/drill/runner.ts';
import { consoleFolder, launchBrowser, openPage, setUp } from '../harness/console.ts';
import { KEY, post, sharedGateway, type TestGateway } from '../harness/gateway.ts';
import { ENDLESS, HOSTILE, harmOf } from '../harness/hostile.ts';
import { ShiftedClock } from '../harness/shifted-clock.ts';
import { saying } from '../harness/speaker.ts';
import { Upstream } from '../harness/upstream.ts';

/** What an operator watches on a real gateway: a budget, a drill, a model that means harm. */
const MINUTE = 60_000;

let browser: Browser;
let upstream: Upstream;
let gateway: TestGateway;
let page: Page;
let wrongs: string[];
const clock = new ShiftedClock();

beforeAll(async () => {
  // A minute into an hour: too early for a forecast of what an hour will cost.
  clock.forward(61 * MINUTE - (clock.wall() % (60 * MINUTE)));
  upstream = await Upstream.shared(
    'wicked',
    saying(() => ({ pieces: [HOSTILE, ENDLESS] })),
  );
  [browser, gateway] = await Promise.all([
    launchBrowser(),
    sharedGateway({
      config: `providers:
  - { name: simulator, dialect: simulator }
  - name: wicked
    dialect: openai-chat
    baseUrl: ${upstream.url}
    private: true
    credentials: [{ name: main, value: credential }]
    prices: { "*": { input: 1000, output: 1000 } }
models:
  - { name: demo, targets: [{ provider: simulator, model: toy-1 }] }
  - { name: wicked, targets: [{ provider: wicked, model: m }] }
keys:
  - name: thrifty
    secret: key-of-thrifty
    limits: [{ cost: 1000, per: hour }, { tokens: 40, per: hour }]
  - { name: free, secret: ${KEY} }
`,
      clock,
      drills: drillRunner,
      consoleFolder,
    }),
  ]);
  ({ page, wrongs } = await openPage(browser));
  await setUp(page, gateway.setUpLink);
});
afterAll(async () => {
  await browser.close();
  await gateway.stop();
  await upstream.close();
});

async function goTo(name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

it('forecasts a budget once its pace says something', async () => {
  const call = { model: 'demo', messages: [{ role: 'user', content: 'hello' }], max_tokens: 8 };
  const headers = { authorization: 'Bearer key-of-thrifty' };
  const answer = await post(gateway.url, '/v1/chat/completions', call, headers);
  expect(await answer.json()).toMatchObject({ usage: { total_tokens: expect.any(Number) } });
  await goTo('Limits and budgets');
  const money = page.getByRole('row', { name: /thrifty.*\$/ });
  const tokens = page.getByRole('row', { name: /thrifty.*tokens/ });
  await money.getByText('Too early to tell').waitFor();
  await tokens.getByText('Too early to tell').waitFor();

  // A third of the tokens in a quarter of the hour: they will not last; the money will.
  clock.forward(14 * MINUTE);
  await page.reload();
  await money.getByText('Will last').waitFor();
  await tokens.getByText('Used up').waitFor();
  expect(await page.getByText('Too early to tell').count()).toBe(0);
});

it('runs a drill from the page, whose scorecard fills as it goes', async () => {
  await goTo('Drills');
  await page.getByText('No drill has been run yet').waitFor();
  await page.getByRole('button', { name: 'Run a drill' }).click();
  const row = page.getByRole('row', { name: /nothing is broken/ });
  await row.getByText('Waiting').or(row.getByText('Running')).waitFor();
  // It has the lowest priority: on a machine with other work to do it takes its time.
  await row.getByText('Passed').waitFor({ timeout: 100_000 });
  const [, , requests, served] = await row.getByRole('cell').allTextContents();
  expect([Number(requests) > 0, served]).toEqual([true, requests]);
  // The others still wait, another drill too, and nobody has to wait for them.
  await page.getByText('Waiting').first().waitFor();
  expect(await page.getByRole('button', { name: 'Run a drill' }).isEnabled()).toBe(false);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('Cancelled').first().waitFor();
  await row.getByText('Passed').waitFor();
}, 120_000);

it('shows what means harm as text: in a prompt, an answer, and a name nobody knows', async () => {
  await goTo('Playground');
  await page.getByLabel('Key').first().fill(KEY);
  await page.getByLabel('Model').selectOption('wicked');
  await page.getByLabel('Text').first().fill(`Say this: ${HOSTILE}`);
  for (const isStreamed of [true, false]) {
    if (!isStreamed) await page.getByRole('switch', { name: 'Stream' }).click();
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('coming in').waitFor({ state: 'hidden' });
    const answer = page.getByRole('tabpanel', { name: 'Text' });
    await answer.getByText('onerror').waitFor();
    expect(await answer.textContent()).toContain('⟨U+202E⟩gnp.exe');
    await page.getByRole('tab', { name: 'Wire' }).click();
    await page.getByRole('tabpanel', { name: 'Wire' }).getByText('onerror').waitFor();
    expect(await harmOf(page)).toEqual([]);
    await page.getByRole('tab', { name: 'Text' }).click();
  }
  const call = { model: HOSTILE, messages: [{ role: 'user', content: ENDLESS }] };
  const headers = {
    authorization: `Bearer ${KEY}`,
    'user-agent': '<script>window.owned=1</script>',
  };
  await (await post(gateway.url, '/v1/chat/completions', call, headers)).text();
  for (const name of ['Requests', 'Now', 'Audit log']) {
    await goTo(name);
    expect([name, await harmOf(page)]).toEqual([name, []]);
  }
  expect(wrongs.filter((one) => !one.includes('Failed to load resource'))).toEqual([]);
});
