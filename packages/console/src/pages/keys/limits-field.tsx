import {
  ActionIcon,
  Button,
  Fieldset,
  Group,
  NativeSelect,
  NumberInput,
  Stack,
} from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { KeyLimit } from '../../api/types.ts';

const measures = ['requests', 'tokens', 'cost', 'concurrency'] as const;
type Measure = (typeof measures)[number];

/** One line of the form. */
export interface LimitDraft {
  /** Tells lines apart while they are edited. */
  readonly id: number;
  readonly measure: Measure;
  readonly amount: number;
  /** As the configuration writes a duration: `1m`. */
  readonly per: string;
}

const spans = [
  ['minute', '1m'],
  ['hour', '1h'],
  ['day', '1d'],
  ['month', '30d'],
] as const;

export function toLimit({ measure, amount, per }: LimitDraft): KeyLimit {
  switch (measure) {
    case 'requests':
      return { requests: amount, per };
    case 'tokens':
      return { tokens: amount, per };
    case 'cost':
      return { cost: amount, unit: 'USD', per };
    case 'concurrency':
      return { concurrency: amount };
  }
}

export function toDraft(limit: KeyLimit, id: number): LimitDraft {
  if ('concurrency' in limit) {
    return { id, measure: 'concurrency', amount: limit.concurrency, per: '1m' };
  }
  const { per } = limit;
  if ('requests' in limit) return { id, measure: 'requests', amount: limit.requests, per };
  if ('tokens' in limit) return { id, measure: 'tokens', amount: limit.tokens, per };
  return { id, measure: 'cost', amount: limit.cost, per };
}

interface LimitsFieldProps {
  readonly value: readonly LimitDraft[];
  readonly onChange: (value: readonly LimitDraft[]) => void;
}

/** How much a key may: any number of limits, all of which hold. */
export function LimitsField({ value, onChange }: LimitsFieldProps) {
  const { t } = useTranslation();
  const change = (id: number, changed: Partial<LimitDraft>) =>
    onChange(value.map((one) => (one.id === id ? { ...one, ...changed } : one)));
  const add = () => {
    const id = Math.max(0, ...value.map((one) => one.id)) + 1;
    onChange([...value, { id, measure: 'requests', amount: 60, per: '1m' }]);
  };
  return (
    <Fieldset legend={t('keys.limits')}>
      <Stack gap="xs">
        {value.map(({ id, measure, amount, per }) => (
          <Group key={id} gap="xs" align="flex-end" wrap="nowrap">
            <NumberInput
              aria-label={t('keys.amount')}
              value={amount}
              min={measure === 'cost' ? 0.01 : 1}
              allowDecimal={measure === 'cost'}
              prefix={measure === 'cost' ? '$' : ''}
              onChange={(next) => change(id, { amount: Number(next) })}
            />
            <NativeSelect
              aria-label={t('keys.measure')}
              value={measure}
              data={measures.map((one) => ({ value: one, label: t(`measures.${one}`) }))}
              onChange={(event) =>
                change(id, {
                  measure: measures.find((one) => one === event.currentTarget.value) ?? measure,
                })
              }
            />
            {measure !== 'concurrency' && (
              <NativeSelect
                aria-label={t('keys.per')}
                value={per}
                data={spans.map(([name, span]) => ({ value: span, label: t(`per.${name}`) }))}
                onChange={(event) => change(id, { per: event.currentTarget.value })}
              />
            )}
            <ActionIcon
              variant="subtle"
              size="lg"
              aria-label={t('keys.removeLimit')}
              onClick={() => onChange(value.filter((one) => one.id !== id))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        ))}
        <div>
          <Button
            variant="default"
            size="compact-sm"
            leftSection={<IconPlus size={14} />}
            onClick={add}
          >
            {t('keys.addLimit')}
          </Button>
        </div>
      </Stack>
    </Fieldset>
  );
}
