/**
 * What Redis runs, each in one step that nothing comes between. Times are the server's own, so
 * that clocks of instances need not agree; amounts are whole numbers.
 */

/** A rate is kept as the stretches of `access/limits/rate.ts`; what is older than the window goes. */
const STRETCHES = `
local function stretches(key, now, window)
  local packed = redis.call('GET', key)
  local all = packed and cmsgpack.unpack(packed) or { tat = 0, list = {} }
  local list, used = {}, 0
  for _, one in ipairs(all.list) do
    if one[2] + window > now then
      list[#list + 1] = one
      used = used + one[3]
    end
  end
  all.list = list
  return all, used
end
local function add(all, now, window, amount)
  local last = all.list[#all.list]
  if last and now - last[1] < window / 20 then
    last[2] = now
    last[3] = last[3] + amount
    return last[1]
  end
  all.list[#all.list + 1] = { now, now, amount }
  return now
end
local function keep(key, all, window)
  redis.call('SET', key, cmsgpack.pack(all), 'PX', math.ceil(window))
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** An instance that was not heard of for so long holds no place any more, in milliseconds. */
export const FORGOTTEN_MS = 10_000;

const PLACES = `
local function places(key, instances, me)
  local used = 0
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    local heard = redis.call('ZSCORE', instances, all[i])
    if all[i] == me or (heard and heard + ${FORGOTTEN_MS} > now) then
      used = used + all[i + 1]
    else
      redis.call('HDEL', key, all[i])
    end
  end
  return used
end
`;

/** Arguments of each limit, after the name of the instance. */
export const TAKE_WIDTH = 6;

/**
 * Takes from all limits, or from none. KEYS: one for each limit, and last the instances. ARGV: the
 * instance, then for each limit kind (`r` rate, `b` budget, `c` places), quota, amount, window in
 * milliseconds (of a budget: until it ends), interval of a burst and its size (of a budget: what it
 * is known to have used, for when the server has lost it).
 *
 * Answers 1 and for each limit its handle and what is used now; or 0, the limit that has no room
 * and how long it has none (-1: nobody can say).
 */
export const TAKE: string = `${STRETCHES}${PLACES}
local me = ARGV[1]
local count = #KEYS - 1
local states = {}
for i = 1, count do
  local at = 2 + (i - 1) * ${TAKE_WIDTH}
  local kind, quota, amount = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local window, first, second = tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
  if kind == 'r' then
    local all, used = stretches(KEYS[i], now, window)
    local over = used + amount - quota
    if over > 0 then
      for _, one in ipairs(all.list) do
        over = over - one[3]
        if over <= 0 then return { 0, i, math.ceil(one[2] + window - now) } end
      end
      return { 0, i, math.ceil(window) }
    end
    if first > 0 then
      local ahead = math.max(0, all.tat - now) + (amount - second) * first
      if ahead > 0.001 then return { 0, i, math.ceil(ahead) } end
    end
    states[i] = { all, used }
  elseif kind == 'b' then
    local used = tonumber(redis.call('GET', KEYS[i]) or first)
    if used + amount > quota then return { 0, i, math.ceil(window) } end
    states[i] = used
  else
    local used = places(KEYS[i], KEYS[#KEYS], me)
    if used + amount > quota then return { 0, i, -1 } end
    states[i] = used
  end
end
local answer = { 1 }
for i = 1, count do
  local at = 2 + (i - 1) * ${TAKE_WIDTH}
  local kind, amount, window = ARGV[at], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local interval = tonumber(ARGV[at + 4])
  local handle, used = 0, 0
  if kind == 'r' then
    local all = states[i][1]
    used = states[i][2] + amount
    if interval > 0 then all.tat = math.max(now, all.tat) + amount * interval end
    handle = add(all, now, window, amount)
    keep(KEYS[i], all, window)
  elseif kind == 'b' then
    used = states[i] + amount
    redis.call('SET', KEYS[i], string.format('%.0f', used), 'PX', math.ceil(window) + 3600000)
  else
    used = states[i] + amount
    redis.call('HINCRBY', KEYS[i], me, amount)
    redis.call('PEXPIRE', KEYS[i], 86400000)
  end
  answer[#answer + 1] = handle
  answer[#answer + 1] = used
end
return answer
`;

/** Arguments of each limit, after the name of the instance. */
export const SETTLE_WIDTH = 4;

/**
 * Corrects what was taken. KEYS: one for each limit. ARGV: the instance, then for each kind, handle,
 * the difference to what was taken, and the window.
 */
export const SETTLE: string = `${STRETCHES}
local me = ARGV[1]
for i = 1, #KEYS do
  local at = 2 + (i - 1) * ${SETTLE_WIDTH}
  local kind, handle = ARGV[at], tonumber(ARGV[at + 1])
  local more, window = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  if kind == 'r' then
    local all = stretches(KEYS[i], now, window)
    if more > 0 then
      add(all, now, window, more)
    else
      for _, one in ipairs(all.list) do
        if one[1] == handle then one[3] = math.max(0, one[3] + more) end
      end
    end
    keep(KEYS[i], all, window)
  elseif kind == 'b' then
    if redis.call('EXISTS', KEYS[i]) == 1 then redis.call('INCRBY', KEYS[i], ARGV[at + 2]) end
  elseif redis.call('HINCRBY', KEYS[i], me, ARGV[at + 2]) <= 0 then
    redis.call('HDEL', KEYS[i], me)
  end
end
return 1
`;

/**
 * Says how many places an instance holds, whatever was known of it. KEYS: one for each limit. ARGV: the
 * instance, then how many of each.
 */
export const HOLD: string = `
for i = 1, #KEYS do
  if tonumber(ARGV[i + 1]) > 0 then redis.call('HSET', KEYS[i], ARGV[1], ARGV[i + 1])
  else redis.call('HDEL', KEYS[i], ARGV[1]) end
  redis.call('PEXPIRE', KEYS[i], 86400000)
end
return 1
`;

/**
 * Adds to a budget what an instance let through while the server was away. KEYS: the budget. ARGV:
 * what it had used before, should the server have lost it, what is added, and until when it runs.
 */
export const ADD: string = `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3], 'NX')
return redis.call('INCRBY', KEYS[1], ARGV[2])
`;

/**
 * Says that an instance lives; answers how many do. KEYS: the instances. ARGV: the instance.
 */
export const BEAT: string = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ${FORGOTTEN_MS})
return redis.call('ZCARD', KEYS[1])
`;
