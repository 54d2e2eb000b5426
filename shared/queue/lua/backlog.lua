-- keys: input taken line lane occupied counters
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

for _, entry in ipairs(redis.call('LRANGE', K.input, 0, -1)) do add(split_entry(entry)[4]) end
for _, taken in ipairs(redis.call('HVALS', K.taken)) do
  local _, entry = split_entry(taken)
  add(split_entry(entry)[4])
end
for _, list in ipairs(lists_of_waiting()) do
  for _, envelope in ipairs(redis.call('LRANGE', list, 0, -1)) do
    local _, json = split_entry(envelope)
    add(cjson.decode(json).run or '-')
  end
end
local reply = {}
for _, run in ipairs(order) do
  reply[#reply + 1] = run
  reply[#reply + 1] = waiting[run]
end
return reply
