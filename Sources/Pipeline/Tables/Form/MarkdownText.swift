extension String {
  /// The text within a cell of a Markdown table: no character of it is markup there.
  package var markdownCell: String {
    var cell = ""
    for character in self {
      switch character {
      case "\\", "`", "|", "<": cell += "\\\(character)"
      case _ where character.isNewline: cell += " "
      default: cell.append(character)
      }
    }
    return cell
  }
}
