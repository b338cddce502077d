-- SPDX-License-Identifier: Apache-2.0
-- wrk: puts to 1,000 keys in turn, 100 octets each. usage: wrk -s put.lua URL -- waypost|etcd
local kind, requests, turn = "waypost", {}, 0
local letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local function base64(text)
    return ((text:gsub(".", function(c)
        local bits, byte = "", c:byte()
        for i = 8, 1, -1 do bits = bits .. (byte % 2 ^ i - byte % 2 ^ (i - 1) > 0 and "1" or "0") end
        return bits
    end) .. "0000"):gsub("%d%d%d?%d?%d?%d?", function(bits)
        if #bits < 6 then return "" end
        local number = tonumber(bits, 2) + 1
        return letters:sub(number, number)
    end) .. ({ "", "==", "=" })[#text % 3 + 1])
end

function init(arguments)
    kind = arguments[1] or kind
    local value = string.rep("v", 100)
    for i = 1, 1000 do
        local key = string.format("bench/key-%04d", i)
        if kind == "etcd" then
            local body = string.format('{"key":"%s","value":"%s"}', base64(key), base64(value))
            requests[i] = wrk.format("POST", "/v3/kv/put", { ["Content-Type"] = "application/json" }, body)
        else
            requests[i] = wrk.format("PUT", "/v1/kv/" .. key, nil, value)
        end
    end
end

function request()
    turn = turn % 1000 + 1
    return requests[turn]
end
