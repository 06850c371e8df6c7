import {
  ActionIcon,
  Kbd,
  Text,
  UnstyledButton,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { IconLogout, IconMenu2, IconMoon, IconSearch, IconSun } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { LiveProvider, useLive, useListening } from '../api/live.ts';
import { useClient } from '../api/client.ts';
import { read, useChange } from '../api/queries.ts';
import { useServed } from '../api/served.ts';
import type { Session } from '../api/types.ts';
import { StatusBadge } from '../ui/badge.tsx';
import { SignedOut } from '../ui/signed-out.tsx';
import { Said } from '../ui/said.tsx';
import { Brand } from './brand.tsx';
import { mayOpen, navigation } from './navigation.ts';
import { SessionProvider } from './session.ts';
import classes from './shell.module.css';

// What opens over the page is not needed to show it.
const Palette = lazy(() => import('./palette.tsx').then(({ Palette }) => ({ default: Palette })));
const SideMenu = lazy(() => import('./menu.tsx').then(({ SideMenu }) => ({ default: SideMenu })));

/** What stands around every page once somebody is signed in. */
export function Shell({ session }: { readonly session: Session }) {
  const { t } = useTranslation();
  const live = useListening();
  const [isMenuOpen, menu] = useDisclosure();
  const [isPaletteOpen, palette] = useDisclosure();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const toggleScheme = () => setColorScheme(scheme === 'dark' ? 'light' : 'dark');
  useHotkeys([['mod+K', palette.toggle]], []);
  useHotkeys([['/', palette.open]]);

  return (
    <SessionProvider value={session}>
      <LiveProvider value={live}>
        <a href="#main" className={classes['skip']}>
          {t('shell.skip')}
        </a>
        <div className={classes['shell']}>
          <aside className={classes['side']} aria-label={t('shell.side')}>
            <Brand />
            <Navigation session={session} />
          </aside>
          <div className={classes['main']}>
            <header className={classes['bar']}>
              <ActionIcon
                className={classes['burger'] ?? ''}
                variant="subtle"
                size="lg"
                aria-label={t('shell.menu')}
                onClick={menu.open}
              >
                <IconMenu2 size={20} />
              </ActionIcon>
              <Standing />
              <UnstyledButton
                className={classes['search'] ?? ''}
                aria-keyshortcuts="Control+K"
                onClick={palette.open}
              >
                <IconSearch size={16} aria-hidden />
                <span className={classes['searchText']}>{t('shell.search')}</span>
                <Kbd size="xs" className={classes['shortcut'] ?? ''} aria-hidden>
                  Ctrl K
                </Kbd>
              </UnstyledButton>
              <ActionIcon
                variant="subtle"
                size="lg"
                title={t('shell.toggleScheme')}
                aria-label={t('shell.toggleScheme')}
                onClick={toggleScheme}
              >
                {scheme === 'dark' ? <IconSun size={18} /> : <IconMoon size={18} />}
              </ActionIcon>
            </header>
            {!live.isConnected && (
              <div role="status" className={classes['offline']}>
                {live.isOver ? <SignedOut /> : t('shell.offline')}
              </div>
            )}
            <main id="main" className={classes['content']} tabIndex={-1}>
              <Outlet />
            </main>
          </div>
        </div>
        <Suspense>
          {isMenuOpen && (
            <SideMenu close={menu.close}>
              <Navigation session={session} onGo={menu.close} />
            </SideMenu>
          )}
          {isPaletteOpen && (
            <Palette session={session} close={palette.close} toggleScheme={toggleScheme} />
          )}
        </Suspense>
      </LiveProvider>
    </SessionProvider>
  );
}

function Navigation({ session, onGo }: { readonly session: Session; readonly onGo?: () => void }) {
  const { t } = useTranslation();
  const served = useServed();
  const go = onGo === undefined ? {} : { onClick: onGo };
  return (
    <>
      <nav aria-label={t('shell.navigation')} className={classes['nav']}>
        {navigation.map(({ group, pages }) => {
          const open = pages.filter((page) => mayOpen(page, session.role, served));
          if (open.length === 0) return null;
          return (
            <div key={group} className={classes['group']}>
              <Text size="xs" c="dimmed" fw={600} className={classes['groupTitle'] ?? ''}>
                {t(`groups.${group}`)}
              </Text>
              {open.map(({ name, to, icon: Icon }) => (
                <Link
                  key={name}
                  to={to}
                  className={classes['link'] ?? ''}
                  activeOptions={{ exact: to === '/', includeSearch: false }}
                  activeProps={{ 'aria-current': 'page' }}
                  {...go}
                >
                  <Icon size={18} stroke={1.7} aria-hidden />
                  {t(`pages.${name}`)}
                </Link>
              ))}
            </div>
          );
        })}
      </nav>
      <div className={classes['account']}>
        <Link to="/me" className={classes['who'] ?? ''} title={t('shell.profile')} {...go}>
          <Said>{session.name}</Said>
          <span className={classes['role']}>{t(`roles.${session.role}`)}</span>
        </Link>
        <SignOut />
      </div>
    </>
  );
}

function SignOut() {
  const { t } = useTranslation();
  const leave = useChange('DELETE /api/session', []);
  return (
    <ActionIcon
      variant="subtle"
      size="lg"
      title={t('shell.signOut')}
      aria-label={t('shell.signOut')}
      loading={leave.isPending}
      // A page loaded anew holds nothing of what was shown.
      onClick={() => leave.mutate({}, { onSettled: () => globalThis.location.assign('/sign-in') })}
    >
      <IconLogout size={18} />
    </ActionIcon>
  );
}

/** How all is, whatever page is shown. */
function Standing() {
  const { t } = useTranslation();
  const client = useClient();
  const { pulse, isConnected } = useLive();
  const overview = useQuery(read(client, 'GET /api/overview'));
  const last = pulse?.status ?? overview.data?.status ?? 'unknown';
  const status = isConnected ? last : 'unknown';
  return (
    <Link to="/" className={classes['standing'] ?? ''} title={t('shell.standing')}>
      <StatusBadge status={status} />
    </Link>
  );
}
