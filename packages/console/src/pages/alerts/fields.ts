import type { TFunction } from 'i18next';
import type { alerts } from '../../text/en/alerts.ts';
import type { SettingField } from '../../ui/settings.ts';

export const channelKinds = ['slack', 'webhook', 'email', 'pagerduty'] as const;
export type ChannelKind = (typeof channelKinds)[number];
export const ruleKinds = ['verdict', 'error_ratio', 'latency', 'budget'] as const;
export type RuleKind = (typeof ruleKinds)[number];

/** The settings of each kind of channel, as in `alertChannels` of the configuration. */
export function channelFields(kind: ChannelKind, t: TFunction): readonly SettingField[] {
  const field = (
    name: keyof typeof alerts.fields,
    input: SettingField['input'],
    rest: Partial<SettingField> = {},
  ): SettingField => ({ name, input, label: t(`alerts.fields.${name}`), ...rest });
  const required = { isRequired: true };
  const isPrivate = field('private', 'switch', { help: t('alerts.privateHelp') });
  switch (kind) {
    case 'slack':
      return [field('webhookUrl', 'secret', required), isPrivate];
    case 'webhook':
      return [
        field('webhookUrl', 'secret', required),
        field('secret', 'secret', { ...required, help: t('alerts.secretHelp') }),
        isPrivate,
      ];
    case 'email':
      return [
        field('host', 'text', required),
        field('port', 'number'),
        field('security', 'choice', { choices: ['starttls', 'tls', 'none'] }),
        field('user', 'text'),
        field('password', 'secret'),
        field('from', 'text', required),
        field('to', 'list', required),
        isPrivate,
      ];
    case 'pagerduty':
      return [field('routingKey', 'secret', required)];
  }
}

/** The settings of each kind of rule, as in `alertRules` of the configuration. */
export function ruleFields(
  kind: RuleKind,
  t: TFunction,
  models: readonly string[],
): readonly SettingField[] {
  const ofModels: SettingField = {
    name: 'models',
    input: 'list',
    label: t('alerts.models'),
    help: t('alerts.modelsHelp'),
    choices: models,
  };
  const window: SettingField = {
    name: 'window',
    input: 'text',
    label: t('alerts.window'),
    help: t('alerts.windowHelp'),
  };
  const atLeast: SettingField = { name: 'atLeast', input: 'number', label: t('alerts.atLeast') };
  const above: SettingField = {
    name: 'above',
    input: 'share',
    label: t('alerts.aboveShare'),
    isRequired: true,
  };
  switch (kind) {
    case 'verdict':
      return [
        { name: 'on', input: 'choice', label: t('alerts.on'), choices: ['down', 'degraded'] },
        ofModels,
      ];
    case 'error_ratio':
      return [above, window, atLeast, ofModels];
    case 'latency':
      return [
        {
          name: 'above',
          input: 'text',
          label: t('alerts.aboveTime'),
          help: t('alerts.windowHelp'),
          isRequired: true,
        },
        window,
        atLeast,
        ofModels,
      ];
    case 'budget':
      return [{ ...above, label: t('alerts.aboveBudget') }];
  }
}
