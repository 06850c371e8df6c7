import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Receipt } from '../../api/types.ts';
import { formatCount, formatDateTime, formatMs, formatUsd } from '../../ui/format.ts';
import { Card, Columns, Fact, Facts } from '../../ui/page.tsx';
import { Said } from '../../ui/said.tsx';
import { OutcomeBadge } from './columns.tsx';
import { Waterfall } from './waterfall.tsx';
import classes from './waterfall.module.css';

/** In a sentence, for whoever sees such bars for the first time. */
function meaningOf({ outcome, attempts }: Receipt) {
  if (outcome === 'abandoned') return 'requests.meaning.abandoned';
  if (outcome === 'interrupted') return 'requests.meaning.interrupted';
  if (outcome === 'refused') {
    return attempts.length === 0 ? 'requests.meaning.refused' : 'requests.meaning.refusedThere';
  }
  if (outcome === 'completed' && attempts.length === 0) return 'requests.meaning.own';
  if (attempts.length === 0) return 'requests.meaning.unasked';
  if (outcome === 'failed') return 'requests.meaning.failed';
  return attempts.length === 1 ? 'requests.meaning.first' : 'requests.meaning.switched';
}

/** What became of a request: the attempts in time, the facts, and what was lost on the way. */
export function ReceiptView({ receipt }: { readonly receipt: Receipt }) {
  const { t } = useTranslation();
  const { tokens, warnings } = receipt;
  const tokensOf = (count: number | null) => (count === null ? '–' : formatCount(count));
  return (
    <>
      <Card
        title={t('requests.waterfall')}
        actions={<OutcomeBadge outcome={receipt.outcome} status={receipt.status} />}
      >
        <Waterfall receipt={receipt} />
        <p className={classes['meaning']}>{t(meaningOf(receipt))}</p>
      </Card>
      <Columns>
        <Card title={t('requests.facts')}>
          <Facts>
            <Fact label={t('requests.at')}>{formatDateTime(receipt.at)}</Fact>
            <Fact label={t('requests.model')}>
              <Said>{receipt.model}</Said>
            </Fact>
            <Fact label={t('requests.target')}>
              {receipt.target === null ? (
                '–'
              ) : (
                <Link to="/targets/$id" params={{ id: receipt.target }}>
                  <Said>{receipt.target}</Said>
                </Link>
              )}
            </Fact>
            <Fact label={t('requests.dialect')}>{`${receipt.dialect} · ${receipt.operation}`}</Fact>
            <Fact label={t('requests.streamed')}>
              {t(receipt.streamed ? 'common.yes' : 'common.no')}
            </Fact>
            <Fact label={t('requests.reason')}>
              {receipt.reason === null ? '–' : <Said>{receipt.reason}</Said>}
            </Fact>
            <Fact label={t('requests.key')}>
              {receipt.key === null ? '–' : <Said>{receipt.key.name}</Said>}
            </Fact>
            <Fact label={t('requests.owner')}>
              {receipt.owner === null ? '–' : <Said>{receipt.owner}</Said>}
            </Fact>
            <Fact label={t('requests.guardrails')}>
              <Said>
                {receipt.guardrails.map((did) => did.replace(';', ' ')).join(', ') ||
                  t('common.none')}
              </Said>
            </Fact>
            <Fact label={t('requests.gatewayMs')}>{formatMs(receipt.gatewayMs)}</Fact>
          </Facts>
        </Card>
        <Card title={t('requests.usage')}>
          <Facts>
            <Fact label={t('requests.input')}>{tokensOf(tokens.input)}</Fact>
            <Fact label={t('requests.cached')}>{tokensOf(tokens.cached)}</Fact>
            <Fact label={t('requests.output')}>{tokensOf(tokens.output)}</Fact>
            <Fact label={t('requests.reasoning')}>{tokensOf(tokens.reasoning)}</Fact>
            <Fact label={t('requests.cost')}>
              {receipt.cost === null ? '–' : formatUsd(receipt.cost)}
            </Fact>
          </Facts>
        </Card>
      </Columns>
      <Card title={t('requests.translation')}>
        {warnings.length === 0 ? (
          <p>{t(receipt.attempts.length === 0 ? 'requests.neverSent' : 'requests.nothingLost')}</p>
        ) : (
          <>
            <p>{t('requests.lost')}</p>
            <ul>
              {warnings.map((warning) => (
                <li key={warning}>
                  <Said>{warning}</Said>
                </li>
              ))}
            </ul>
          </>
        )}
      </Card>
    </>
  );
}
