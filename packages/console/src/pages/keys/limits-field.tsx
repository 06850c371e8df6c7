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
  readonly perMs: number;
}

const spans = [
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
  ['month', 2_592_000_000],
] as const;

export function toLimit({ measure, amount, perMs }: LimitDraft): KeyLimit {
  switch (measure) {
    case 'requests':
      return { requests: amount, perMs };
    case 'tokens':
      return { tokens: amount, perMs };
    case 'cost':
      return { cost: amount, unit: 'USD', perMs };
    case 'concurrency':
      return { concurrency: amount };
  }
}

export function toDraft(limit: KeyLimit, id: number): LimitDraft {
  if ('concurrency' in limit) {
    return { id, measure: 'concurrency', amount: limit.concurrency, perMs: 60_000 };
  }
  const { perMs } = limit;
  if ('requests' in limit) return { id, measure: 'requests', amount: limit.requests, perMs };
  if ('tokens' in limit) return { id, measure: 'tokens', amount: limit.tokens, perMs };
  return { id, measure: 'cost', amount: limit.cost, perMs };
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
    onChange([...value, { id, measure: 'requests', amount: 60, perMs: 60_000 }]);
  };
  return (
    <Fieldset legend={t('keys.limits')}>
      <Stack gap="xs">
        {value.map(({ id, measure, amount, perMs }) => (
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
                value={String(perMs)}
                data={spans.map(([name, ms]) => ({ value: String(ms), label: t(`per.${name}`) }))}
                onChange={(event) => change(id, { perMs: Number(event.currentTarget.value) })}
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
