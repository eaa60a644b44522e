"""The portrait: headers, whole data, rules, decoding."""
