import type { Detector } from '../detector.ts';

type Form = readonly [kind: string, form: RegExp];

/** Longest stretch that one of these looks at. */
const LONGEST = 200;

function attack(name: string, forms: readonly Form[]): Detector {
  return {
    name,
    hold: LONGEST,
    needs: 0,
    find(text, from, report) {
      for (const [kind, form] of forms) {
        form.lastIndex = from;
        for (let hit = form.exec(text); hit !== null; hit = form.exec(text)) {
          report(`${name}-${kind}`, hit.index, form.lastIndex);
        }
      }
    },
  };
}

const COMMENT = String.raw`(?:\s|\/\*[^*]{0,40}\*\/|--[^\n]{0,40}\n){1,8}`;
/** `_` stands for what SQL takes for a blank, and `\x5f` for itself. */
const sqlForm = (source: string): RegExp => new RegExp(source.replaceAll('_', COMMENT), 'gi');

/** What joins a condition to a question; the signs need no word's end behind them. */
const JOIN = String.raw`(?:(?:or|and|xor)\b|\|\||&&)`;

/** SQL where a value is expected. A sentence has no quote that is followed by a condition. */
export const sql: Detector = attack('sql', [
  [
    'condition',
    sqlForm(
      String.raw`['")]\s{0,4}${JOIN}[\s(]{0,4}(?:not\b\s{0,3})?['"(]?\w{1,30}['")]?\s{0,4}(?:=|<|>|like\b\s{0,3}['"(]|in\s{0,3}\(|is_(?:not_)?null\b|between_['"\d])`,
    ),
  ],
  [
    'condition',
    sqlForm(
      String.raw`['")](?:_)?${JOIN}(?:_)?(?:not_)?\(?(?:substr(?:ing)?|mid|ascii|ord|length|len|version|database|exists|if|cast|convert|count|hex|concat)\s{0,3}\(`,
    ),
  ],
  ['condition', sqlForm(String.raw`(?:^|[\s'")=])(?:or|and)_(\d{1,6})\s{0,3}=\s{0,3}\1\b`)],
  ['union', sqlForm(String.raw`\bunion_(?:all_|distinct_)?select\b`)],
  ['subquery', sqlForm(String.raw`\(\s{0,4}select_[^;'"]{1,60}?_from_[\w.]`)],
  [
    'stacked',
    sqlForm(
      String.raw`;(?:_)?(?:(?:drop|alter|create|truncate)_(?:table|database|schema|view|index|user|login|role|function|procedure|trigger)_|delete_from_|insert_into_|update_\w{1,40}_set_|exec(?:ute)?(?:_(?:xp\x5f|sp\x5f|master|immediate)|\s{0,3}\()|grant_\w{1,20}_(?:on|to)_|declare_@|waitfor_(?:delay|time)\b|shutdown\b\s{0,4}(?:;|--|#|\/\*|$))`,
    ),
  ],
  [
    'stacked',
    sqlForm(String.raw`['")]{1,3};(?:_)?(?:drop|alter|create|truncate|delete|update|insert)_\w`),
  ],
  [
    'order',
    sqlForm(
      String.raw`['")]{1,3};?(?:_)?(?:order|group)_by_\w{1,30}\s{0,4}(?:--|#|\/\*|(?:_)?having\b)`,
    ),
  ],
  ['comment', /['")]\s{0,4}(?:--(?:\s|$|[^\w-])|#\s{0,4}$|\/\*)/g],
  [
    'time',
    sqlForm(
      String.raw`\b(?:sleep|benchmark|pg\x5fsleep|waitfor_delay|dbms\x5fpipe\.receive\x5fmessage|randomblob)(?:_)?[('"]\s{0,3}['"]?\d`,
    ),
  ],
  [
    'catalogue',
    sqlForm(
      String.raw`\b(?:information\x5fschema\s{0,3}\.|sysobjects\b|sqlite\x5fmaster\b|pg\x5fcatalog\s{0,3}\.|sys\.(?:tables|columns|databases)\b|xp\x5fcmdshell\b|load\x5ffile\s{0,3}\(|into_(?:out|dump)file\b|extractvalue\s{0,3}\(|updatexml\s{0,3}\()`,
    ),
  ],
]);

const SEPARATOR = String.raw`(?:[;&|\x60\n]|\$\(|&&|\|\|)\s{0,4}(?:sudo\s{1,4})?(?:\/(?:usr\/)?(?:local\/)?s?bin\/)?`;
/** What a shell takes for nothing inside a name. */
const NOTHING = String.raw`(?:''|""|\\)?`;
const hidden = (names: string): string =>
  names
    .split(' ')
    .map((name) => Array.from(name).join(NOTHING))
    .join('|');
const END = String.raw`\s{0,4}(?:$|[;&|\x60)<>#])`;

/** Shell commands where a value is expected. A shell of Unix tells small letters from capitals. */
export const command: Detector = attack('command', [
  [
    'chained',
    new RegExp(
      String.raw`${SEPARATOR}(?:(?:ls|whoami|uname|wget|curl|nc|ncat|netcat|bash|zsh|ksh|python\d?|php|rm|chmod|chown|ping|nslookup|printf|ifconfig|ip\s{1,3}a|ps|tftp|ftp|telnet|awk|sed|xargs|tee|dd|mkfifo|crontab|systemctl|reboot|shutdown|cp|mv|base64|xxd|openssl)\b(?:\s{1,4}[-/.~$'"\w]|${END})|(?:cat|id|sh|dash|perl|ruby|node|dig|sleep|echo|env|kill|find|touch|tail|head)\b(?:\s{1,4}(?:[-/.~$'"\d]|\w{1,40}[./\\])|${END}))`,
      'g',
    ),
  ],
  [
    'chained',
    new RegExp(
      String.raw`${SEPARATOR}(?:powershell|cmd|net\s{1,3}user|certutil|bitsadmin|ipconfig|whoami|ping|nslookup|type\s{1,4}[a-z]:?\\|dir\s{1,4}(?:\/|[a-z]:))(?:\.exe)?\b(?:\s{1,4}[-/.~$'"\w]|${END})`,
      'gi',
    ),
  ],
  [
    'hidden',
    new RegExp(
      String.raw`${SEPARATOR}(?:${hidden('cat id ls sh nc rm wget curl bash ping uname whoami python perl php')})(?:\s{1,4}[-/.~$]|\s{1,4}https?:|${END})`,
      'g',
    ),
  ],
  ['hidden', new RegExp(String.raw`${SEPARATOR}\{[\w/.-]{1,30}(?:,[^{}\s]{1,60}){1,6}\}`, 'g')],
  ['substitution', /\$\([^)\s][^)]{0,100}\)|\$\{?IFS\b|`[a-z]{2,20}(?:\s[^`\n]{0,80})?`/g],
  ['reverse-shell', /\/dev\/(?:tcp|udp)\/|\bbash\s{1,4}-i\b|\bnc\s{1,4}-[a-z]{0,4}e\b/gi],
  [
    'path',
    /(?:\.\.(?:\/|\\|%2f|%5c)){2,20}|\/etc\/(?:passwd|shadow|hosts)\b|\b[a-z]:\\windows\\/gi,
  ],
]);

/** Markup that runs where it is shown. */
export const xss: Detector = attack('xss', [
  [
    'element',
    /<\s{0,3}\/?\s{0,3}(?:script|iframe|object|embed|applet|meta|base|link|frameset|svg|math|template|noscript|style)\b/gi,
  ],
  ['handler', /<[a-z!/?][^<>]{0,160}?[\s/"'`]on[a-z]{3,24}\s{0,4}=/gi],
  ['handler', /["'`]\s{0,4}\/?\s{0,4}on[a-z]{3,24}\s{0,4}=\s{0,4}["'`]?[\w(]/gi],
  [
    'scheme',
    /(?:j\s{0,3}a\s{0,3}v\s{0,3}a|vb|live)\s{0,3}s\s{0,3}c\s{0,3}r\s{0,3}i\s{0,3}p\s{0,3}t\s{0,3}:|data\s{0,3}:\s{0,3}(?:text\/html|image\/svg)/gi,
  ],
  ['script', /['"]\s{0,2};\s{0,2}[\w.]{2,30}\s{0,2}[=(`][^;\n]{0,60};\s{0,2}(?:\/\/|['"])/g],
  ['entity', /&#x?0{0,7}(?:6a|4a|106|74|3c|60);?/gi],
  [
    'expression',
    /\{\{[^{}]{0,80}(?:constructor|__proto__|\$on|\$eval)[^{}]{0,80}\}\}|\bdocument\s{0,2}\.\s{0,2}(?:cookie|location|write)|\b(?:eval|setTimeout|Function)\s{0,2}\(\s{0,2}(?:['"`]|atob|String\.fromCharCode)|\b(?:alert|prompt|confirm)\s{0,2}(?:\(\s{0,2}['"]?[\w.]{0,24}['"]?\s{0,2}\)|`\w{0,20}`)/gi,
  ],
]);
