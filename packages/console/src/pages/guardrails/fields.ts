import { useTranslation } from 'react-i18next';
import { guardrails as texts } from '../../text/en/guardrails.ts';
import type { SettingField } from '../../ui/settings.ts';
import { inputs, onErrors, type Draft, type FieldName } from './draft.ts';

type Detector = keyof typeof texts.detectors;

/** The fields of a guardrail, as far as they go with what is chosen. */
export function useFields({ action, detect, values }: Draft) {
  const { t } = useTranslation();
  const field = (name: FieldName, help?: string): SettingField => ({
    name,
    input: inputs[name],
    label: t(`guardrails.fields.${name}`),
    ...(help !== undefined && { help }),
    ...(name === 'onError' && {
      choices: onErrors,
      choiceLabels: onErrors.map((one) => t(`guardrails.onErrors.${one === '' ? 'usual' : one}`)),
    }),
  });
  const url = values['url'];
  return {
    detectors: (Object.keys(texts.detectors) as Detector[]).map((value) => ({
      value,
      label: `${t(`guardrails.detectors.${value}`)} (${value})`,
    })),
    lists: [
      field('words', t('guardrails.linesHelp')),
      field('patterns', t('guardrails.patternsHelp')),
      ...(action === 'redact' ? [field('restore')] : []),
    ],
    allowed: [
      field('allowWords', t('guardrails.linesHelp')),
      field('allowPatterns', t('guardrails.patternsHelp')),
    ],
    further: [
      ...(detect.includes('injection') ? [field('threshold', t('guardrails.thresholdHelp'))] : []),
      ...(detect.includes('phone') ? [field('countries', t('guardrails.countriesHelp'))] : []),
      field('maxCharacters'),
      field('onlyTools'),
      ...(values['onlyTools'] === true ? [field('tools')] : []),
      field('noTools'),
      field('onlyModels'),
      ...(values['onlyModels'] === true ? [field('models')] : []),
      field('noModels'),
      field('url', t('guardrails.urlHelp')),
      ...(url === '' ? [] : [field('timeout'), field('private'), field('secret')]),
      field('onError'),
    ],
  };
}
