"""What a page adds is tested in a tree of its own, where its folders are in their places."""

collect_ignore = ["card_profile", "province"]
