import type { TableMapping } from "../../../../core/mapping/table-mapping.ts";
import { field } from "../../../conformance/suite/existing-tables.ts";

/**
 * Tables of KillrVideo, the sample application of Cassandra's community, as published (github.com/KillrVideo/killrvideo-data,
 * schema-v5.cql, Apache-2.0), without masks and indexes; the encoding of a video is the type that the courses on it add.
 */
export const KILLRVIDEO = [
  `CREATE TABLE users (
    userid uuid PRIMARY KEY,
    created_date timestamp,
    email text,
    firstname text,
    lastname text,
    account_status text,
    last_login_date timestamp
  )`,
  "CREATE TYPE video_encoding (bit_rates set<text>, encoding text, height int, width int)",
  `CREATE TABLE videos (
    videoid uuid PRIMARY KEY,
    added_date timestamp,
    description text,
    location text,
    location_type int,
    name text,
    preview_image_location text,
    tags set<text>,
    content_features vector<float, 4>,
    userid uuid,
    content_rating text,
    category text,
    language text,
    encoding frozen<video_encoding>
  )`,
  `CREATE TABLE comments (
    videoid uuid,
    commentid timeuuid,
    comment text,
    userid uuid,
    sentiment_score float,
    PRIMARY KEY (videoid, commentid)
  ) WITH CLUSTERING ORDER BY (commentid DESC)`,
  `CREATE TABLE video_ratings (
    videoid uuid PRIMARY KEY,
    rating_counter counter,
    rating_total counter
  )`,
  `CREATE TABLE user_preferences (
    userid uuid PRIMARY KEY,
    preference_vector vector<float, 4>,
    tag_preferences map<text, float>,
    category_preferences map<text, float>,
    last_updated timestamp
  )`,
];

export const VIDEO = "b3a76c6b-7c7f-4af6-964f-803a9283c401";
export const USER = "9761d3d7-7fbd-4269-9988-6cfd4e188678";

export const videos: TableMapping = {
  columns: {
    table: "videos",
    key: [{ column: "videoid", as: "text" }],
    fields: [
      field("name", "text"),
      field("added_date", "dateMilliseconds"),
      field("location_type", "integer"),
      field("tags", "json"),
      field("content_features", "json"),
      field("userid", "text"),
      field("encoding", "json"),
    ],
  },
};

export const video = {
  name: "Cassandra in 10 minutes",
  added_date: new Date("2024-05-06T07:08:09.010Z"),
  location_type: 0,
  tags: ["cassandra", "database", "ünïcode"],
  content_features: [0.5, -1, 2, 0.25],
  userid: USER,
  encoding: { bit_rates: ["1000 Kbps", "400 Kbps"], encoding: "H.264", height: 480, width: null },
};
