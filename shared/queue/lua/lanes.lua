-- Where tasks wait and which is next: for Redis what lane-rule.ts and lanes.ts say, with the same names; a property test plays
-- both (test/shared/queue/lanes.test.ts). The loader gives the rule's figures. Needs line, lane, occupied, placed and epoch.
--
-- Invariants: every lane that holds tasks is in `occupied`, by when its bucket begins (one that does not is taken out of it by
-- the next claim that comes upon it), and the front, which is a lane that always begins first; how many were put down and not
-- taken for good (`placed`), less the claims (`epoch`), is the sum of all lists' lengths.

local function count_waiting()
  local counts = redis.call('MGET', K.placed, K.epoch)
  return (counts[1] or 0) - (counts[2] or 0)
end

-- Two digits, so that of two buckets that begin at once the lower lane's comes first.
local function lane_name(lane)
  return string.format('%02d', lane)
end

-- Latest start and deadline.
local function times_of(header)
  local generated_at, expected_ms, deadline_ms = string.match(header, '^%S+ (%S+) (%S+) (%S+)')
  local deadline_at = generated_at + deadline_ms
  return deadline_at - expected_ms, deadline_at
end

local function width_of(level)
  return FIRST_WIDTH_MS * GROWTH ^ level
end

-- The lane of a task that is due at `due` ≥ now, and when its bucket begins.
local function find_place(due, now)
  local ahead = math.min(due - now, (SLOTS - 1) * width_of(LEVELS - 1))
  local level = 0
  while level < LEVELS - 1 and ahead >= (SLOTS - 1) * width_of(level) do level = level + 1 end
  local width = width_of(level)
  local bucket = math.floor((now + ahead) / width)
  return level * SLOTS + bucket % SLOTS, bucket * width
end

local function due_at(latest_start, deadline_at)
  return latest_start + DUE_SHARE * (deadline_at - latest_start)
end

-- So many more wait (or fewer: their entries are the caller's to take away); what a claim takes is counted by its epoch.
local function count_placed(n)
  redis.call('INCRBY', K.placed, n)
end

-- An empty lane takes the bucket; another keeps its own, which is the same or one that has passed.
local function push_to_lane(name, bucket_at, push, ...)
  if redis.call(push, K.lane .. name, ...) == select('#', ...) then redis.call('ZADD', K.occupied, bucket_at, name) end
end

-- Where a task stands that is put down now: its lane's name and when its bucket begins; false in the line.
local function place_of(header, now)
  local latest_start, deadline_at = times_of(header)
  if DISPATCH == 'fifo' or latest_start < now then return false end
  local lane, bucket_at = find_place(due_at(latest_start, deadline_at), now)
  return lane_name(lane), bucket_at
end

-- Tasks that come, or come back after a failure: to the tails of their lists. Each list is touched once.
local function put_down_all(headers, now)
  local lists, buckets = {}, {}
  for _, header in ipairs(headers) do
    local name, bucket_at = place_of(header, now)
    lists[name] = lists[name] or {}
    table.insert(lists[name], header)
    buckets[name] = bucket_at
  end
  for name, list in pairs(lists) do
    for from = 1, #list, MOST_ARGUMENTS do
      if name then
        push_to_lane(name, buckets[name], 'RPUSH', unpack(list, from, math.min(from + MOST_ARGUMENTS - 1, #list)))
      else
        redis.call('RPUSH', K.line, unpack(list, from, math.min(from + MOST_ARGUMENTS - 1, #list)))
      end
    end
  end
  if #headers > 0 then count_placed(#headers) end
end

-- A task that was taken and not worked on to its end goes before all that can still be in time, or to the head of the line.
local function give_back(header, now)
  if place_of(header, now) then
    -- In `occupied` it comes before every bucket.
    push_to_lane(FRONT, 0, 'LPUSH', header)
  else
    redis.call('LPUSH', K.line, header)
  end
end

-- Every list that holds tasks: the line, then lanes by bucket.
local function lists_of_waiting()
  local lists = { K.line }
  for _, lane in ipairs(redis.call('ZRANGE', K.occupied, 0, -1)) do lists[#lists + 1] = K.lane .. lane end
  return lists
end
