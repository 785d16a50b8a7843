-- wrk: posts the same 1 KB JSON document as the Gatling simulations.
wrk.method = "POST"
wrk.body = '{"order":"A-1001","note":"' .. string.rep("x", 960) .. '","lines":[1,2,3]}'
wrk.headers["Content-Type"] = "application/json"
