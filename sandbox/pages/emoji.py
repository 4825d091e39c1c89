"""The emoji names that the pages can draw; any other name stays as it was written."""

EMOJI = {
    "+1": "👍", "-1": "👎", "100": "💯", "alarm_clock": "⏰", "bar_chart": "📊",
    "bell": "🔔", "birthday": "🎂", "bulb": "💡", "calendar": "📆", "cat": "🐱",
    "chart_with_upwards_trend": "📈", "clap": "👏", "coffee": "☕", "dog": "🐶",
    "eyes": "👀", "fire": "🔥", "gift": "🎁", "heart": "❤️", "hourglass": "⌛",
    "joy": "😂", "loudspeaker": "📢", "mega": "📣", "memo": "📝", "muscle": "💪",
    "no_bell": "🔕", "no_entry": "⛔", "ok_hand": "👌", "pray": "🙏", "question": "❓",
    "raised_hands": "🙌", "robot_face": "🤖", "rocket": "🚀", "rotating_light": "🚨",
    "sparkles": "✨", "slightly_smiling_face": "🙂", "smile": "😄", "star": "⭐",
    "sun_with_face": "🌞", "tada": "🎉", "thumbsup": "👍", "thumbsdown": "👎",
    "thinking_face": "🤔", "warning": "⚠️", "wave": "👋", "white_check_mark": "✅",
    "wink": "😉", "x": "❌", "zap": "⚡",
}  # fmt: skip
