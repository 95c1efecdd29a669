-- wrk's part of the load; with_wrk.py sets the environment. `in_python.py` sends the same lead, callers.py explains
-- the numbers. One thread only: callers are counted here.

local exchanges, areas = {}, {}
local next_caller, stride, total, pause, head, port_and_path

function init()
  local env = os.getenv
  for area in env("BENCH_AREAS"):gmatch("%d+") do areas[#areas + 1] = area end
  for exchange in env("BENCH_EXCHANGES"):gmatch("%d+") do exchanges[#exchanges + 1] = exchange end
  next_caller, stride = tonumber(env("BENCH_FIRST")), tonumber(env("BENCH_STRIDE"))
  total = #areas * #exchanges * 10000
  pause = tonumber(env("BENCH_PAUSE_MS"))
  math.randomseed(next_caller + 1)
  head = '{"lead_token":"' .. env("BENCH_TOKEN") .. '","caller_id":"('
  wrk.headers["Content-Type"] = "application/json"
  -- Looked up once for each connection, and only where it is there: wrk asks for it before every request.
  if pause > 0 then
    function delay()
      return math.floor(-pause * math.log(1 - math.random()) + math.random())
    end
  end
end

function request()
  local place = next_caller * stride % total
  local line = place % 10000
  local rest = (place - line) / 10000
  local exchange = rest % #exchanges
  local body = string.format(
    '%s%s) %s-%04d","first_name":"Ada","last_name":"Lovelace","email":"ada.%d@example.com","zip":"97205",' ..
    '"interest":"rooftop solar","landing_page":"https://solar.example/quote?step=3","gclid":"Cj0KCQjw%dwcB"}',
    head, areas[(rest - exchange) / #exchanges + 1], exchanges[exchange + 1], line, next_caller, next_caller)
  next_caller = next_caller + 1
  return wrk.format("POST", nil, nil, body)
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    "FIGURES seconds=%.6f answers=%d refused=%d failed=%d mean_ms=%.3f p50_ms=%.3f p99_ms=%.3f max_ms=%.3f\n",
    summary.duration / 1e6, summary.requests, e.status, e.connect + e.read + e.write + e.timeout,
    latency.mean / 1e3, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
