import type { Answer } from '../endpoints.ts';
import { ApiFailure } from '../problems.ts';
import { paged, type Answers } from './answers.ts';
import { found, foundToChange, refuseTaken } from './asked.ts';
import type { MockState } from './state.ts';

type Channel = Answer<'GET /api/alerts/channels'>['items'][number];
type Rule = Answer<'GET /api/alerts/rules'>['items'][number];
type Alert = Answer<'GET /api/alerts'>['items'][number];
type Delivery = Answer<'GET /api/alerts/deliveries'>['items'][number];

const MINUTE = 60_000;

/** Two channels, three rules, one trouble that is over and one that is not. */
export function alertAnswers(state: MockState): Answers {
  const before = (minutes: number) => new Date(state.now() - minutes * MINUTE).toISOString();
  const version = () => state.newId('v');
  const channels: Channel[] = [
    {
      name: 'on-call',
      managedBy: 'file',
      kind: 'pagerduty',
      to: 'events.pagerduty.com',
      settings: {},
      version: version(),
    },
    {
      name: 'chat-room',
      managedBy: 'console',
      kind: 'slack',
      to: 'hooks.slack.com',
      settings: { webhookUrl: 'https://hooks.slack.com/services/…' },
      version: version(),
    },
  ];
  const ruleOf = (
    name: string,
    kind: Rule['kind'],
    settings: Rule['settings'],
    told: string[],
  ): Rule => ({ name, managedBy: 'console', kind, settings, channels: told, version: version() });
  const rules: Rule[] = [
    ruleOf('any-route-down', 'verdict', { on: 'down' }, ['on-call', 'chat-room']),
    ruleOf('too-many-errors', 'error_ratio', { above: 0.05, window: '5m' }, ['chat-room']),
    ruleOf('budget-nearly-used', 'budget', { above: 0.8 }, ['chat-room']),
  ];
  const alerts: Alert[] = [
    {
      id: 'alert_2',
      rule: 'budget-nearly-used',
      subject: 'batch',
      state: 'firing',
      message: 'batch has used 84% of $60.00 per day',
      startedAt: before(38),
      endedAt: null,
      effects: [],
    },
    {
      id: 'alert_1',
      rule: 'any-route-down',
      subject: 'openai',
      state: 'resolved',
      message: 'openai does not answer: http_529',
      startedAt: before(611),
      endedAt: before(597),
      effects: ['chat', 'fast'],
    },
  ];
  const deliveries: Delivery[] = [
    delivery('chat-room', 'firing', ['alert_2'], 38),
    delivery('chat-room', 'resolved', ['alert_1'], 597),
    { ...delivery('on-call', 'firing', ['alert_1'], 611), attempts: 2 },
  ];
  function delivery(channel: string, event: Delivery['event'], told: string[], minutes: number) {
    const rest = { state: 'delivered' as const, attempts: 1, nextAt: null, problem: null };
    return {
      id: state.newId('delivery'),
      channel,
      event,
      alerts: told,
      at: before(minutes),
      ...rest,
    };
  }
  const own = { managedBy: 'console' as const };
  return {
    'GET /api/alerts': ({ query }) =>
      paged(
        alerts.filter((one) => query.state === undefined || one.state === query.state),
        query,
      ),
    'GET /api/alerts/channels': () => ({ items: channels }),
    'GET /api/alerts/rules': () => ({ items: rules }),
    'GET /api/alerts/deliveries': ({ query }) => paged(deliveries, query),
    'POST /api/alerts/channels': ({ body }) => {
      refuseTaken(channels, 'channel', body.name);
      const made = { ...own, ...body, to: body.kind, version: version() };
      channels.push(made);
      return made;
    },
    'PATCH /api/alerts/channels/{name}': (asked) =>
      Object.assign(foundToChange(channels, asked), asked.body, {
        to: asked.body.kind,
        version: version(),
      }),
    'POST /api/alerts/rules': ({ body }) => {
      refuseTaken(rules, 'alert rule', body.name);
      const made = { ...own, ...body, version: version() };
      rules.push(made);
      return made;
    },
    'PATCH /api/alerts/rules/{name}': (asked) =>
      Object.assign(foundToChange(rules, asked), asked.body, { version: version() }),
    'DELETE /api/alerts/channels/{name}': ({ params }) => {
      const { name } = found(channels, params['name']);
      const user = rules.find((rule) => rule.channels.includes(name));
      if (user !== undefined) throw new ApiFailure('in_use', `the rule ${user.name} tells it`);
      channels.splice(
        channels.findIndex((one) => one.name === name),
        1,
      );
      return undefined;
    },
    'DELETE /api/alerts/rules/{name}': ({ params }) => {
      rules.splice(rules.indexOf(found(rules, params['name'])), 1);
      return undefined;
    },
    'POST /api/alerts/channels/{name}/test': ({ params }) => {
      const { name } = found(channels, params['name']);
      const made = delivery(name, 'test', [], 0);
      deliveries.unshift(made);
      return made;
    },
  };
}
