import { Kbd, TextInput, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from '../api/client.ts';
import { read } from '../api/queries.ts';
import { useServed } from '../api/served.ts';
import type { Session } from '../api/types.ts';
import { OverModal } from '../ui/over.tsx';
import { mayOpen, navigation } from './navigation.ts';
import classes from './palette.module.css';

interface Command {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  readonly run: () => void;
}

interface PaletteProps {
  readonly session: Session;
  readonly close: () => void;
  readonly toggleScheme: () => void;
}

/** Everything one can go to or do, by its name (WAI-ARIA combobox with a list). */
export function Palette(props: PaletteProps) {
  const { t } = useTranslation();
  return (
    <OverModal
      opened
      onClose={props.close}
      withCloseButton={false}
      title={<VisuallyHidden>{t('palette.title')}</VisuallyHidden>}
      padding={0}
      classNames={{ header: classes['header'] ?? '' }}
    >
      <Commands {...props} />
    </OverModal>
  );
}

function Commands({ session, close, toggleScheme }: PaletteProps) {
  const { t } = useTranslation();
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const found = useCommands(session, query, toggleScheme).slice(0, 12);
  const chosen = found[Math.min(active, found.length - 1)];

  const run = (command: Command | undefined): void => {
    close();
    command?.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Enter') run(chosen);
    if (step === 0 || found.length === 0) return;
    event.preventDefault();
    setActive((Math.min(active, found.length - 1) + step + found.length) % found.length);
  };

  return (
    <div>
      <TextInput
        data-autofocus
        variant="unstyled"
        size="md"
        leftSection={<IconSearch size={18} aria-hidden />}
        rightSection={<Kbd size="xs">Esc</Kbd>}
        rightSectionWidth={56}
        placeholder={t('palette.placeholder')}
        aria-label={t('palette.title')}
        role="combobox"
        aria-expanded
        aria-controls="palette-list"
        aria-activedescendant={chosen === undefined ? '' : `palette-${chosen.id}`}
        value={query}
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div
        id="palette-list"
        role="listbox"
        aria-label={t('palette.title')}
        className={classes['list']}
      >
        {found.map((command) => (
          <UnstyledButton
            key={command.id}
            id={`palette-${command.id}`}
            role="option"
            aria-selected={command === chosen}
            tabIndex={-1}
            className={classes['option']}
            onClick={() => run(command)}
          >
            <span>{command.title}</span>
            <span className={classes['kind']}>{command.kind}</span>
          </UnstyledButton>
        ))}
      </div>
      {found.length === 0 && <p className={classes['nothing']}>{t('palette.nothing')}</p>}
    </div>
  );
}

function useCommands(session: Session, query: string, toggleScheme: () => void): Command[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useClient();
  const served = useServed();
  const isWhole = session.role !== 'member';
  const targets = useQuery({ ...read(client, 'GET /api/targets'), enabled: isWhole });
  const wanted = query.trim().toLowerCase();

  const pages = navigation
    .flatMap(({ pages }) => [...pages])
    .filter((page) => mayOpen(page, session.role, served))
    .map(({ name, to }) => ({
      id: name,
      title: t(`pages.${name}`),
      kind: t('palette.page'),
      run: () => void navigate({ to }),
    }));
  const doing: Command[] = [
    {
      id: 'scheme',
      title: t('shell.toggleScheme'),
      kind: t('palette.action'),
      run: toggleScheme,
    },
    {
      id: 'profile',
      title: t('shell.profile'),
      kind: t('palette.page'),
      run: () => void navigate({ to: '/me' }),
    },
  ];
  const ofTargets = (targets.data?.items ?? []).map(({ id }) => ({
    id: `target-${id}`,
    title: id,
    kind: t('palette.target'),
    run: () => void navigate({ to: '/targets/$id', params: { id } }),
  }));
  const matching = [...pages, ...doing, ...ofTargets].filter(({ title }) =>
    title.toLowerCase().includes(wanted),
  );
  // The id of a request, pasted: nothing else looks like one.
  const isId = /^[\w-]{16,64}$/.test(query.trim());
  return isId
    ? [
        ...matching,
        {
          id: 'request',
          title: t('palette.request', { id: query.trim() }),
          kind: t('palette.page'),
          run: () => void navigate({ to: '/requests/$id', params: { id: query.trim() } }),
        },
      ]
    : matching;
}
