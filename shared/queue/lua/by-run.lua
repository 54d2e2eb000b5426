-- Each run's part of output (keys.ts, outputOf).

-- A run's task as it stands there: what its id has after the run's name, which a list keeps in three bytes where that is a number, or
-- `=id`; and what output says of its run: the length of the name within the id, or `=run`.
local function in_run(run, id)
  if string.sub(id, 1, #run + 1) == run .. '-' then return string.sub(id, #run + 1), #run end
  return '=' .. id, '=' .. run
end

-- The run that output says so of.
local function run_by(mark, id)
  if string.sub(mark, 1, 1) == '=' then return string.sub(mark, 2) end
  return string.sub(id, 1, tonumber(mark))
end
