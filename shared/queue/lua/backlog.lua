-- keys: input taken line lane occupied
-- include: common lanes
-- Returns: whose ('-': of no run), how many messages and tasks of theirs wait, ...
local waiting, order = {}, {}

local function add(run)
  if waiting[run] == nil then
    waiting[run] = 0
    order[#order + 1] = run
  end
  waiting[run] = waiting[run] + 1
end

-- The run is the last word of a phase's first line and of a task's header.
local function add_all(entries)
  for _, entry in ipairs(entries) do add(string.match(entry, '^[^\n]* ([^ \n]+)')) end
end

add_all(redis.call('LRANGE', K.input, 0, -1))
for _, taken in ipairs(redis.call('HVALS', K.taken)) do
  local _, entry = split_entry(taken)
  add_all({ entry })
end
for _, list in ipairs(lists_of_waiting()) do add_all(redis.call('LRANGE', list, 0, -1)) end
local reply = {}
for _, run in ipairs(order) do
  reply[#reply + 1] = run
  reply[#reply + 1] = waiting[run]
end
return reply
