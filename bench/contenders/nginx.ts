import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, Running } from '../processes.ts';
import { waitForPort } from './listening.ts';
import type { Contender } from './contender.ts';

/** Debian keeps it where the PATH of an ordinary user does not look. */
const program = existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : 'nginx';

/** nginx as a plain reverse proxy: one worker, keep-alive on both sides, nothing written to disk. */
export const nginx: Contender = {
  name: 'nginx',
  subjects: ['models', 'apis'],

  prepare() {
    const { stderr } = spawnSync(program, ['-v'], { encoding: 'utf8' });
    const version = /nginx\/(\S+)/.exec(stderr ?? '')?.[1];
    return Promise.resolve(
      version === undefined ? { missing: 'apt-get install nginx' } : { version },
    );
  },

  async start({ upstreamPort, scratch, core }) {
    const port = await freePort();
    const file = join(scratch, 'nginx.conf');
    await writeFile(file, configuration(port, upstreamPort, scratch));
    const process = new Running(core, program, ['-c', file, '-p', scratch, '-e', 'stderr']);
    await waitForPort(port);
    return { port, process, headers: {}, model: 'bench-upstream' };
  },
};

const configuration = (port: number, upstreamPort: number, scratch: string): string => `
daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid ${join(scratch, 'nginx.pid')};
error_log stderr crit;
events { worker_connections 8192; }
http {
  access_log off;
  client_body_temp_path ${join(scratch, 'body')};
  proxy_temp_path ${join(scratch, 'proxy')};
  fastcgi_temp_path ${join(scratch, 'fastcgi')};
  uwsgi_temp_path ${join(scratch, 'uwsgi')};
  scgi_temp_path ${join(scratch, 'scgi')};
  client_body_buffer_size 256k;
  client_max_body_size 8m;
  keepalive_requests 1000000000;
  upstream provider {
    server 127.0.0.1:${upstreamPort};
    keepalive 1024;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=8192;
    location / {
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 300s;
    }
    location /shop/ {
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
      client_max_body_size 0;
    }
  }
}
`;
